import type { LookupFunction } from 'node:net';
import { classifyAddress } from './classify-address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Looks a name up; rejects when it does not exist. Given by tests instead of the system's resolver. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface GuardOptions {
  readonly resolve: Resolve;
  readonly allowPrivateNetwork: boolean;
}

/** A connection that was refused because of where it would have gone; nothing was sent. */
export class BlockedAddressError extends Error {
  readonly code = 'EBLOCKED';

  constructor(message: string) {
    super(message);
    this.name = 'BlockedAddressError';
  }
}

/** Loaded with the first look-up: commands that send nothing start without it. */
export const systemResolve: Resolve = async (hostname) => {
  const { lookup } = await import('node:dns/promises');
  return lookup(hostname, { all: true, verbatim: true });
};

/**
 * The `lookup` of every guarded socket: the addresses that were judged are the ones that are connected to. One bad
 * address among several spoils the name. Never called for IP literals: those are judged by `checkUrl`.
 */
export function guardedLookup({ resolve, allowPrivateNetwork }: GuardOptions): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const addresses = ofFamily(found, options.family);
        const refusal = refusalOf(hostname, found, allowPrivateNetwork);
        const [first] = addresses;
        if (refusal) callback(new BlockedAddressError(refusal), '');
        else if (!first) callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '');
        else if (options.all)
          callback(
            null,
            addresses.map(({ address, family }) => ({ address, family })),
          );
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/** Why an address may not be connected to, or undefined when it may. */
export function addressRefusal(address: string, allowPrivateNetwork: boolean): string | undefined {
  const kind = classifyAddress(address);
  if (kind === 'public' || (kind !== 'forbidden' && allowPrivateNetwork)) return undefined;
  return kind === 'forbidden'
    ? `${address}, an address that is never connected to (metadata, link-local, reserved)`
    : `${address}, a ${kind} address: write the address itself, or set "allowPrivateNetwork": true`;
}

function refusalOf(
  hostname: string,
  found: readonly ResolvedAddress[],
  allowPrivateNetwork: boolean,
): string | undefined {
  const refusals = found.map(({ address }) => addressRefusal(address, allowPrivateNetwork));
  const refusal = refusals.find((one) => one !== undefined);
  return refusal && `${hostname} resolves to ${refusal}`;
}

function ofFamily(found: readonly ResolvedAddress[], family: number | 'IPv4' | 'IPv6' | undefined) {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
  return wanted === 0 ? found : found.filter((one) => one.family === wanted);
}
