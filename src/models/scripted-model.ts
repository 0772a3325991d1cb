import type { Script, ScriptTurn } from '../domain/bundle.ts';
import type { FinishReason, Model, ModelAnswer, ModelRequest } from '../domain/ports/model.ts';
import type { Templates } from '../domain/ports/templates.ts';
import { NO_USAGE } from '../domain/run.ts';
import { type RenderedTurn, renderTurn } from './render-script.ts';
import { scriptVariables } from './script-variables.ts';

const FINISH_REASONS: readonly FinishReason[] = [
  'stop',
  'tool-calls',
  'length',
  'content-filter',
  'refusal',
  'error',
  'other',
];

export interface ScriptedModelOptions {
  readonly automation: string;
  /** The sub-agent that speaks; undefined for the run itself. */
  readonly agent?: string;
  readonly script: Script | undefined;
  /** Why there is none although its file is there. */
  readonly problem?: string | undefined;
  /** What a person may do to get a real model, told where a script is missing. */
  readonly wayOut: string;
  readonly templates: Templates;
}

/**
 * Plays the turns of a script (SPEC §6.6): the turn is the number of answers that the run has already got, earlier turns
 * of a conversation not counted, so it keeps no state, needs no key and no network, and costs nothing.
 */
export function createScriptedModel(options: ScriptedModelOptions): Model {
  return { id: 'scripted', price: () => 0, generate: async (request) => play(request, options) };
}

function play(request: ModelRequest, options: ScriptedModelOptions): ModelAnswer {
  const { automation, script, templates } = options;
  if (!script) return failure(noScript(options));
  const { history = 0, messages } = request;
  const [earlier, own] = [messages.slice(0, history), messages.slice(history)];
  const played = own.filter(({ role }) => role === 'assistant').length;
  const turn = script.turns[played];
  if (!turn) return failure(`${script.file}: it has ${turnsOf(script)}, and the session asks for another one`);
  const rendered = renderTurn(turn, scriptVariables(automation, own, earlier), templates);
  if (!rendered.ok) return failure(`${script.file}: turn ${played + 1}: ${rendered.message}`);
  return answer(rendered, turn, { played, tools: request.tools.length > 0 });
}

/** A request without tools gets a turn without calls, as a real model would have to give. */
function answer(
  { text, toolCalls }: RenderedTurn & { ok: true },
  { finish }: ScriptTurn,
  { played, tools }: { readonly played: number; readonly tools: boolean },
): ModelAnswer {
  const calls = tools ? toolCalls.map((call, index) => ({ id: `scripted-${played + 1}-${index + 1}`, ...call })) : [];
  return {
    ok: true,
    text,
    toolCalls: calls,
    finish: finish === undefined ? (calls.length > 0 ? 'tool-calls' : 'stop') : finishOf(finish),
    usage: NO_USAGE,
    costUsd: 0,
    model: 'scripted',
  };
}

function noScript({ automation, agent, problem, wayOut }: ScriptedModelOptions): string {
  if (problem !== undefined) return `its script cannot be played: ${problem}`;
  if (agent === undefined)
    return `no model for ${automation}: ${wayOut}, or write automations/${automation}.script.json`;
  return `no model for the sub-agent ${agent} of ${automation}: ${wayOut}, or write agents/${agent}/AGENT.script.json`;
}

function finishOf(finish: string): FinishReason {
  return FINISH_REASONS.find((known) => known === finish) ?? 'other';
}

function turnsOf({ turns }: Script): string {
  return turns.length === 1 ? 'one turn' : `${turns.length} turns`;
}

function failure(message: string): ModelAnswer {
  return { ok: false, error: { message: `scripted model: ${message}`, retryable: false } };
}
