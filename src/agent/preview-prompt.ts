import type { Automation } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';
import type { Event } from '../domain/event.ts';
import { NO_USAGE, type Run } from '../domain/run.ts';
import { renderPrompt } from './render-prompt.ts';
import type { SessionPorts } from './session.ts';
import { sessionTools } from './session-tools.ts';
import { systemPrompt } from './system-prompt.ts';
import { userMessage } from './user-message.ts';

export interface PreviewRequest {
  readonly bundle: Bundle;
  readonly automation: Automation;
  readonly event?: Event;
  /** For `since` and the last run's summary. */
  readonly state: AutomationState;
  readonly now: number;
}

/** What a run would begin with. */
export interface Preview {
  readonly system: string;
  readonly user: string;
}

/**
 * The two messages that a run would begin with; nothing runs, nothing is stored, no request leaves. Throws
 * `AmodalError('bundle_broken')` with line and column when the prompt's template is wrong.
 */
export async function previewPrompt(
  { bundle, automation, event, state, now }: PreviewRequest,
  ports: Pick<SessionPorts, 'tools' | 'templates' | 'nonce'>,
): Promise<Preview> {
  const claimed = { run: previewRun(automation, now), event, state };
  const rendered = await renderPrompt({ claimed, automation }, { ...ports, now });
  if (!rendered.ok) throw new AmodalError('bundle_broken', rendered.error);
  const tools = sessionTools(ports.tools(bundle), bundle, automation);
  const redact = (text: string) => bundle.secrets.redact(text);
  return {
    system: redact(systemPrompt({ bundle, automation, now, tools })),
    user: redact(userMessage(rendered, { claimed }, ports.nonce)),
  };
}

function previewRun(automation: Automation, now: number): Run {
  return {
    id: 'run_preview',
    automation: automation.name,
    trigger: 'manual',
    status: 'queued',
    instantCount: 1,
    availableAt: now,
    createdAt: now,
    attempt: 0,
    interruptions: 0,
    fence: 0,
    maxActive: 1,
    cancelRequested: false,
    usage: NO_USAGE,
    costUsd: 0,
    steps: 0,
    toolCalls: 0,
    refusals: 0,
    writesSent: 0,
  };
}
