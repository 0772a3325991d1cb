/** Keys of older bundles that have no effect here, by kind of file, and what to use instead. */
export const OLDER_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  automation: {
    output: 'use "delivery"',
    channel: 'use "delivery"',
    webTools: 'the session gets the tools that "tools" names',
    constraints: 'use "limits" and "budget"',
    maxTurns: 'use "limits.maxSteps"',
    timeout: 'use "limits.timeoutSeconds"',
  },
  amodal: {
    webTools: 'there are no web tools',
    platform: 'there is no platform to connect to',
    userContext: 'put it into knowledge/',
    proactive: 'use "server.publicUrl" and webhook automations',
    sandbox: 'there is no sandbox to configure',
    stores: 'stores/ and the state folder take its place',
    packages: 'there are no packages',
    channels: 'use "delivery"',
    evals: 'use tests/',
  },
  connection: {
    source: 'use "specUrl"',
    syncFrequency: 'nothing is synchronised',
    filter: 'use access.json',
    description: 'use surface.md',
    name: "the folder's name is the connection's name",
  },
  access: {
    version: 'it has no meaning',
    rowScoping: 'it is not enforced: narrow the rights of the upstream credential instead',
    delegations: 'it is not enforced',
    alternativeLookups: 'put it into surface.md',
    actions: 'use "endpoints"',
    rateLimits: 'it is not enforced',
  },
  store: { triggers: 'there are no store triggers', trace: 'every run has its record' },
};
