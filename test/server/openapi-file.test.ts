import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openApi } from '../../src/server/openapi.ts';
import { rootDir } from '../support/root-dir.ts';

it('docs/openapi.json is the description that the server serves; `npm run schemas` writes it anew', () => {
  expect(JSON.parse(readFileSync(join(rootDir, 'docs/openapi.json'), 'utf8'))).toEqual(openApi());
});
