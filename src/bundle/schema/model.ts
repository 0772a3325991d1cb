import Type from 'typebox';
import { amount, choice, closed, count, named, secret, text, url } from './field.ts';

/** A model of `amodal.json` or of one automation. */
export const ModelFile = Type.Cyclic(
  {
    Model: closed(
      {
        provider: choice(
          ['anthropic', 'openai', 'google', 'openai-compatible', 'scripted'],
          'Who serves the model. `openai-compatible` speaks chat completions (Ollama, vLLM, llama.cpp); `scripted` plays the turns of a script file and needs no key.',
        ),
        model: Type.Optional(text("The provider's name of the model. Required for every provider but `scripted`.")),
        baseUrl: Type.Optional(
          url("Where the API is, when it is not the provider's own. Required for `openai-compatible`."),
        ),
        credentials: Type.Optional(
          closed(
            {
              api_key: secret(
                'The key. Default: `env:ANTHROPIC_API_KEY`, `env:OPENAI_API_KEY` or `env:GOOGLE_API_KEY` by provider.',
              ),
            },
            'How requests prove who they are.',
          ),
        ),
        maxOutputTokens: Type.Optional(count({ minimum: 1 }, "Most tokens of one answer. Default: the model's own.")),
        price: Type.Optional(
          closed(
            {
              input: Type.Number({ minimum: 0, description: 'USD for a million input tokens.' }),
              output: Type.Number({ minimum: 0, description: 'USD for a million output tokens.' }),
            },
            'USD per million tokens, for models that the price table does not know.',
          ),
        ),
        fallback: Type.Optional(Type.Ref('Model')),
      },
      'A model: provider, name, and where and how to reach it. `fallback` (the same shape) answers when this one cannot.',
    ),
  },
  'Model',
);

/** USD, tokens: what runs may cost. */
export const BudgetFile = named(
  'Budget',
  closed(
    {
      perRunUsd: Type.Optional(amount('Most US dollars that one run may cost. Default: no cap.')),
      perRunTokens: Type.Optional(
        count({ minimum: 1 }, 'Most tokens (input and output) that one run may use. Default: no cap.'),
      ),
      per30DaysUsd: Type.Optional(
        amount('Most US dollars of the automation in any 30 days; over it, new runs are skipped. Default: no cap.'),
      ),
      priceUnknown: Type.Optional(
        choice(
          ['allow'],
          '`allow`: run a model of unknown price although a cap in US dollars is set. Default: refuse.',
        ),
      ),
    },
    'What runs may cost.',
  ),
);

/** The limits of one session, without those of the process. */
export const LIMITS = {
  maxSteps: Type.Optional(
    count({ minimum: 1, maximum: 1000 }, 'Most model calls of one run; the next ends it with `max_steps`. Default 30.'),
  ),
  timeoutSeconds: Type.Optional(
    count({ minimum: 1, maximum: 86_400 }, 'Seconds that a run may last; then it ends with `timeout`. Default 600.'),
  ),
  toolTimeoutSeconds: Type.Optional(
    count({ minimum: 1, maximum: 3600 }, 'Seconds that one tool call may last; the run goes on. Default 60.'),
  ),
  maxToolResultBytes: Type.Optional(
    count(
      { minimum: 1024, maximum: 16_777_216 },
      'Bytes of one tool result that the model sees; the rest is cut and kept in the record. Default 65536.',
    ),
  ),
  maxRequests: Type.Optional(
    count({ minimum: 1, maximum: 100_000 }, 'Calls of one run to the outside; more are refused. Default 100.'),
  ),
  maxBytesOut: Type.Optional(
    count(
      { minimum: 1, maximum: 1_073_741_824 },
      'Bytes that the model may send out in one run, all calls together; more is refused. Default 1048576.',
    ),
  ),
  autoPauseAfter: Type.Optional(
    count({ minimum: 0 }, 'Failures in a row that pause the automation; 0 = never. Default 10.'),
  ),
};
