import type { ServerTarget } from './sql-job.ts';

const SCHEMES: Readonly<Record<ServerTarget['driver'], readonly string[]>> = {
  postgres: ['postgres:', 'postgresql:'],
  mysql: ['mysql:', 'mariadb:'],
};
const PORTS: Readonly<Record<ServerTarget['driver'], number>> = { postgres: 5432, mysql: 3306 };
const TLS_MODES: Readonly<Record<string, ServerTarget['tls']>> = {
  disable: 'off',
  'no-verify': 'unverified',
  require: 'verified',
  'verify-ca': 'verified',
  'verify-full': 'verified',
};

export type DatabaseUrl =
  | {
      readonly ok: true;
      readonly target: Omit<ServerTarget, 'allowPrivateNetwork' | 'ca'>;
      /** The file that `sslrootcert` names. */
      readonly caFile?: string;
    }
  /** A sentence without any part of the URL. */
  | { readonly ok: false; readonly reason: string };

/** Takes `scheme://user:password@host:port/database?sslmode=…&sslrootcert=…` apart. */
export function parseDatabaseUrl(driver: ServerTarget['driver'], text: string): DatabaseUrl {
  const [scheme] = SCHEMES[driver];
  const shape = `${scheme}//user:password@host/database`;
  if (!URL.canParse(text)) return { ok: false, reason: `"url" is not a URL; write ${shape}` };
  const url = new URL(text);
  if (!SCHEMES[driver].includes(url.protocol)) return { ok: false, reason: `"url" must begin with ${scheme}//` };
  const parts = decoded([url.username, url.password, url.pathname.slice(1)]);
  if (!parts) return { ok: false, reason: '"url" has broken percent-encoding' };
  const [user = '', password = '', database = ''] = parts;
  if (!url.hostname || !user || !database) return { ok: false, reason: `"url" must be complete: ${shape}` };
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'sslmode' && name !== 'sslrootcert');
  if (unknown)
    return { ok: false, reason: `"url" has a parameter that is not known; there are sslmode and sslrootcert` };
  const mode = url.searchParams.get('sslmode') ?? '';
  if (mode !== '' && !Object.hasOwn(TLS_MODES, mode)) {
    return { ok: false, reason: `sslmode in "url" must be one of ${Object.keys(TLS_MODES).join(', ')}` };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const target = { driver, host, port: Number(url.port) || PORTS[driver], user, password, database };
  const caFile = url.searchParams.get('sslrootcert');
  const tls = TLS_MODES[mode];
  return { ok: true, target: tls ? { ...target, tls } : target, ...(caFile ? { caFile } : {}) };
}

function decoded(parts: readonly string[]): readonly string[] | undefined {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
