import { createSessionRunner, previewPrompt } from '../agent/index.ts';
import { createTemplates } from '../bundle/index.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { RunSession } from '../domain/ports/session.ts';
import { createModels } from '../models/index.ts';
import { createModelFetch } from '../net/index.ts';
import type { OperationsPorts } from '../operations/index.ts';
import { createTools, openMcpTools } from '../tools/index.ts';
import { newNonce } from './ids.ts';
import type { Registries } from './registries.ts';

export interface SessionParts {
  readonly database: Database;
  readonly registries: Registries;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly logger: Logger;
}

/** What runs a session, and what shows how it would begin. */
export interface Sessions {
  readonly runSession: RunSession;
  readonly previewPrompt: OperationsPorts['previewPrompt'];
}

/** Models, tools and templates put together under the agent. */
export async function createSessions(parts: SessionParts): Promise<Sessions> {
  const { clock, logger, registries } = parts;
  const templates = await createTemplates();
  const tools = createTools({ http: registries.http, templates });
  const ports = { ...parts, files: parts.database, tools, templates: async () => templates, nonce: newNonce };
  const models = createModels({ fetch: createModelFetch(), clock, templates, logger });
  return {
    runSession: createSessionRunner({ ...ports, models, openTools: openMcpTools({ http: registries.http, logger }) }),
    previewPrompt: (request) => previewPrompt(request, ports),
  };
}
