import type { Clock } from '../domain/ports/clock.ts';
import type { Operations } from '../operations/operations.ts';
import { followRemoteRun } from './remote-follow.ts';
import { type RemoteCall, type RemoteOptions, remoteJson } from './remote-request.ts';

const MOST_EVENTS = 10_000;

/** The same operations, done by the server at `url` over its HTTP API. */
export function createRemoteOperations(remote: RemoteOptions & { readonly clock: Clock }): Operations {
  const get = <T>(path: string, query?: RemoteCall['query']) => remoteJson<T>(remote, path, { query });
  const post = <T>(path: string, body: object) => remoteJson<T>(remote, path, { method: 'POST', body });
  const automation = (name: string, rest = '') => `/api/automations/${encodeURIComponent(name)}${rest}`;
  const run = (id: string, rest = '') => `/api/runs/${encodeURIComponent(id)}${rest}`;
  return {
    listAutomations: () => get('/api/automations'),
    showAutomation: (name) => get(automation(name)),
    triggerAutomation: (name, trigger) => post(automation(name, '/trigger'), trigger),
    previewTrigger: (name, trigger) => post(automation(name, '/preview'), trigger),
    pauseAutomation: (name, pause) => post(automation(name, '/pause'), pause),
    resumeAutomation: (name, resume) => post(automation(name, '/resume'), resume),
    historyOf: (name, { limit, before }) => get(automation(name, '/runs'), { limit, before }),
    webhookUrlOf: (name) => get(automation(name, '/url')),
    rotateWebhook: (name, rotate) => post(automation(name, '/rotate'), rotate),

    showRun: (id) => get(run(id)),
    runEvents: async (id, { after, type, limit }) => {
      const query = { after, event_type: type, limit: Math.min(limit, MOST_EVENTS) };
      return (await get<{ events: Awaited<ReturnType<Operations['runEvents']>> }>(run(id, '/events'), query)).events;
    },
    followRun: (id, options) => followRemoteRun(remote, id, options),
    cancelRun: (id, by) => post(run(id, '/cancel'), { by }),
    replayRun: (id, replay) => post(run(id, '/replay'), replay),

    createKey: (request) => post('/api/keys', request),
    listKeys: () => get('/api/keys'),
    revokeKey: (name, by) => post(`/api/keys/${encodeURIComponent(name)}/revoke`, { by }),

    listWebhooks: () => get('/api/webhooks'),
    listRejections: ({ since, ...filter }) =>
      get('/api/webhooks/rejected', {
        ...filter,
        since: since === undefined ? undefined : new Date(since).toISOString(),
      }),
    showRejection: (id) => get(`/api/webhooks/rejected/${encodeURIComponent(id)}`),
    redeliverRejections: ({ since, ...redeliver }) =>
      post('/api/webhooks/redeliver', {
        ...redeliver,
        since: since === undefined ? undefined : new Date(since).toISOString(),
      }),
    testWebhook: (name, test) => post(`/api/webhooks/${encodeURIComponent(name)}/test`, test),
    doctor: () => post('/api/doctor', {}),

    listDeliveries: (filter) => get('/api/deliveries', { ...filter }),
    redriveDelivery: (id, by) => post(`/api/deliveries/${encodeURIComponent(id)}/redrive`, { by }),
    listStores: () => get('/api/stores'),
    listDocuments: (store, limit) => get(`/api/stores/${encodeURIComponent(store)}/documents`, { limit }),
    listAudit: (filter) => get('/api/audit', { ...filter }),
    verifyAudit: ({ expect } = {}) => get('/api/audit/verify', { expect: expect && `${expect.seq}:${expect.hash}` }),
    sumSpend: (sum) => get('/api/spend', { ...sum }),
    listNotes: (name) => get(automation(name, '/memory')),
    setNote: (name, note) => post(automation(name, '/memory'), note),
    deleteNote: (name, key, by) => post(automation(name, '/memory/delete'), { key, by }),
    verifyLedger: ({ days }) => get('/api/ledger/verify', { days }),
    diagnostics: () => get('/api/diagnostics'),
    health: () => get('/api/health'),
  };
}
