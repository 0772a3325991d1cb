import { load } from '../load.ts';

/** Posts events as fast as it can and prints what came of it: a process of its own, so that it slows down no clock. */
const [port, secret = '', events, connections] = process.argv.slice(2);
const burst = { path: '/webhooks/hook', seconds: 120, port: Number(port), secret };
const result = await load({ ...burst, events: Number(events), connections: Number(connections) });
process.stdout.write(`${JSON.stringify(result)}\n`);
