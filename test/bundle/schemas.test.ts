import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { rootDir } from '../support/root-dir.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the published schemas and the validators', () => {
  it('are those of src/bundle/schema; `npm run schemas` writes them anew', () => {
    const made = tempDir();
    execFileSync(process.execPath, [join(rootDir, 'scripts/build-schemas.mjs'), made]);
    for (const folder of ['schema', 'src/bundle/generated']) {
      const names = readdirSync(join(made, folder));
      expect(readdirSync(join(rootDir, folder)).sort()).toEqual(names.sort());
      const stale = names.filter((name) => textOf(join(made, folder, name)) !== textOf(join(rootDir, folder, name)));
      expect(stale).toEqual([]);
    }
  });

  it('are JSON Schemas that take the files of the sample bundle', () => {
    for (const [schema, file] of [
      ['amodal', 'amodal.json'],
      ['automation', 'automations/incident-responder.json'],
      ['script', 'automations/incident-responder.script.json'],
      ['connection', 'connections/repository/spec.json'],
      ['access', 'connections/repository/access.json'],
      ['store', 'stores/drift_history.json'],
    ]) {
      const read = (path: string) => JSON.parse(readFileSync(join(rootDir, path), 'utf8'));
      const ajv = new Ajv({ strict: false });
      expect(ajv.validate(read(`schema/${schema}.schema.json`), read(file ?? '')), `${file}: ${ajv.errorsText()}`).toBe(
        true,
      );
    }
  });
});

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
