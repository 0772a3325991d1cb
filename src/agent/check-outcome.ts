import { answerData } from '../domain/answer-data.ts';
import type { SuccessContract } from '../domain/automation.ts';
import type { Outcome } from '../domain/run.ts';
import { saysSomething } from '../domain/says-something.ts';
import { validateValue } from './validate-arguments.ts';

/** One call of a tool as the success contract judges it. */
export interface ToolUse {
  readonly tool: string;
  readonly ok: boolean;
  readonly status?: number;
  readonly text: string;
  /** A write that a replay only showed: it has no status of its own. */
  readonly captured?: boolean;
}

type Failure = Extract<Outcome, { type: 'failed' }>;

/** Tools that answer with the model's own words: a number is not proved by them. */
const OWN_WORDS = /^(dispatch|memory_\w+|store_\w+_(put|delete))$/;

/** A final text as an outcome: success only if the file's contract, if it has one, is met by what really happened. */
export async function checkOutcome(
  contract: SuccessContract | undefined,
  text: string,
  uses: readonly ToolUse[],
): Promise<Outcome> {
  const data = answerData(text);
  const found = { ...(data === undefined ? {} : { data }) };
  if (!contract) return { type: 'succeeded', result: text, ...found };
  const missing = missingCall(contract, uses);
  const isQuiet = contract.empty === 'suppress' && !saysSomething(text);
  if (!missing && isQuiet) return { type: 'succeeded', result: text, ...found, quiet: true };
  const unmet = missing ?? (await unmetBy(contract, { text, data, uses }));
  if (unmet) return { type: 'failed', reason: 'outcome_unmet', error: unmet, retryable: false, partial: text };
  return { type: 'succeeded', result: text, ...found };
}

/** No answer at all is a failure, unless the file says that it only needs no delivery. */
export async function emptyOutcome(
  contract: SuccessContract | undefined,
  failure: Failure,
  uses: readonly ToolUse[],
): Promise<Outcome> {
  return contract?.empty === 'suppress' ? checkOutcome(contract, '', uses) : failure;
}

interface Result {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly uses: readonly ToolUse[];
}

function missingCall({ requires = [] }: SuccessContract, uses: readonly ToolUse[]): string | undefined {
  const missing = requires.find(({ tool, status }) => {
    return !uses.some((use) => use.tool === tool && use.ok && (use.captured || fitsStatus(status, use.status)));
  });
  if (!missing) return undefined;
  const { tool, status } = missing;
  return `"success.requires" is not met: no successful call of "${tool}"${status ? ` with status ${status}` : ''}`;
}

async function unmetBy(contract: SuccessContract, { text, data, uses }: Result): Promise<string | undefined> {
  if (contract.empty === 'fail' && !saysSomething(text)) return '"success.empty" is not met: the result is empty';
  if (contract.schema) {
    if (!data) return '"success.schema" is not met: the result is no JSON object';
    const problem = await validateValue(contract.schema, data);
    if (problem) return `"success.schema" is not met: ${problem}`;
  }
  if (contract.evidence === undefined) return undefined;
  const told = uses.filter(({ ok, tool }) => ok && !OWN_WORDS.test(tool));
  const known = new Set(told.flatMap((use) => numbersIn(use.text)));
  const made = numbersIn(text).find((number) => !known.has(number));
  return made === undefined ? undefined : `"success.evidence" is not met: ${made} occurs in no tool result`;
}

/** `200`, or `2xx` for the whole class. */
function fitsStatus(wanted: string | undefined, status: number | undefined): boolean {
  if (wanted === undefined) return true;
  return new RegExp(`^${wanted.replaceAll(/[^0-9x]/gi, '').replaceAll(/x/gi, '\\d')}$`).test(String(status));
}

/** Numbers as plain digits: without thousands separators, leading and trailing zeros. */
function numbersIn(text: string): string[] {
  const found = text.match(/\d+(?:,\d{3})*(?:\.\d+)?/g) ?? [];
  return found.map((number) => String(Number(number.replaceAll(',', ''))));
}
