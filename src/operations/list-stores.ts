import { didYouMean } from '../domain/did-you-mean.ts';
import { AmodalError } from '../domain/error.ts';
import { isoTime } from './iso-time.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

/** The stores that the bundle declares, with how much they hold. */
export function listStores({ database, bundles, clock }: OperationsPorts): Operations['listStores'] {
  return async () =>
    Promise.all(
      [...bundles.active().stores.values()].map(async ({ name, entity, automationWritable }) => ({
        name,
        entity,
        documents: await database.countDocuments(name, clock.now()),
        automationWritable,
      })),
    );
}

/** The documents of one store, without the expired ones. */
export function listDocuments({ database, bundles, clock }: OperationsPorts): Operations['listDocuments'] {
  return async (store, limit) => {
    const { stores } = bundles.active();
    if (!stores.has(store)) {
      throw new AmodalError('not_found', `No store is named "${store}"${didYouMean(store, stores.keys()) || '.'}`);
    }
    const documents = await database.listDocuments(store, { limit }, clock.now());
    return documents.map((document) => ({ ...document, updatedAt: isoTime(document.updatedAt) }));
  };
}
