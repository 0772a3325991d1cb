#!/usr/bin/env node
'use strict';
const { loadProgram } = require('./load-program.js');

loadProgram('cli')
  .main(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
