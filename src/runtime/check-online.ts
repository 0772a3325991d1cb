import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Bundle } from '../domain/bundle.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import { checkConnection } from '../tools/online/index.ts';
import { systemClock } from './clock.ts';
import type { Registries } from './registries.ts';

/** Asks every connection's upstream whether all is well, side by side; for `validate --online` alone. */
export async function checkOnline(bundle: Bundle, { http }: Pick<Registries, 'http'>): Promise<readonly Diagnostic[]> {
  const checked = [...bundle.connections.values()].map(async (connection) => {
    const findings = await checkConnection(connection, { http, bundle, now: systemClock.now() });
    const file = fileOf(bundle, connection.name);
    return findings.map(
      (finding): Diagnostic => ({
        ...finding,
        message: `${connection.name}: ${finding.message}`,
        file,
        line: 1,
        column: 1,
      }),
    );
  });
  return (await Promise.all(checked)).flat();
}

/** MCP servers may stand in `amodal.json` as well. */
function fileOf({ dir, root }: Bundle, name: string): string {
  const paths = [join(root, 'connections', name, 'spec.json'), join(dir, 'connections', name, 'spec.json')];
  const found = paths.find((path) => existsSync(path)) ?? join(dir, 'amodal.json');
  return relative(dir, found).replaceAll('\\', '/');
}
