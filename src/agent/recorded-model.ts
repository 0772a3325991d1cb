import type { Model, ModelAnswer } from '../domain/ports/model.ts';
import type { RecordedTurn, Traffic } from '../domain/replay.ts';

/** Says what an old run's record says, turn by turn, at the prices of `model`; nobody is asked. */
export function createRecordedModel({ id, price, maxOutputTokens }: Model, { turns, end }: Traffic): Model {
  let played = 0;
  return {
    id,
    price,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    generate: async () => {
      const turn = turns[played];
      played += 1;
      return turn ? answerOf(turn) : { ok: false, error: { message: end.error, retryable: false } };
    },
  };
}

function answerOf({ text, calls, finish, usage, costUsd, model }: RecordedTurn): ModelAnswer {
  const toolCalls = calls.map(({ id, tool, input }) => ({ id, name: tool, input }));
  return { ok: true, text, toolCalls, finish, usage, costUsd, model };
}
