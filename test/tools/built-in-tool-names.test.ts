import { expect, it } from 'vitest';
import { BUILT_IN_TOOL_NAMES } from '../../src/tools/built-in-tool-names.ts';
import { createTools } from '../../src/tools/index.ts';
import { testBundle } from '../agent/session-world.ts';

it('the names that files may use are those of the tools that every bundle has', () => {
  const tools = createTools({ http: { send: () => Promise.reject(new Error('nothing is sent')) } });
  const names = tools(testBundle()).map(({ name }) => name);
  expect([...BUILT_IN_TOOL_NAMES].sort()).toEqual(names.sort());
});
