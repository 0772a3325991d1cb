/** One call that a stub's turn makes. `arguments` overrides `input` with raw text (not for anthropic and google). */
export interface StubCall {
  readonly id?: string;
  readonly name: string;
  readonly input?: unknown;
  readonly arguments?: string;
  /** Google's thought signature. */
  readonly signature?: string;
}

/** What a model stub answers once. `finish` is the wire's own word; by default its word for "done" or "calls". */
export interface StubTurn {
  readonly text?: string;
  readonly toolCalls?: readonly StubCall[];
  readonly finish?: string;
  readonly refusal?: string;
  /** Null leaves the usage out. */
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number } | null;
}

export interface StubFailure {
  readonly status: number;
  readonly message: string;
}

/** How one provider's protocol looks on the wire. */
export interface Wire {
  /** Path of the base URL that a client is configured with. */
  readonly basePath: string;
  readonly contentType: string;
  /** The request's items in order: `model` for what the model said, `other` for everything else. */
  speakers(body: Record<string, unknown>): ('model' | 'other')[];
  wantsStream(path: string, body: Record<string, unknown>): boolean;
  answer(turn: StubTurn, model: string): unknown;
  /** Server-sent events, whole lines included. */
  stream(turn: StubTurn, model: string): string[];
  failure(failure: StubFailure): unknown;
}

const USAGE: NonNullable<StubTurn['usage']> = { input: 11, output: 7 };
const MODEL = 'stub-model';

export const chatCompletions: Wire = {
  basePath: '/v1',
  contentType: 'application/json',
  speakers: (body) => speakersIn(body.messages, (item) => item.role === 'assistant'),
  wantsStream: (_path, body) => body.stream === true,
  answer: (turn, model) => ({
    id: 'chatcmpl-stub',
    object: 'chat.completion',
    created: 1_767_600_000,
    model,
    choices: [{ index: 0, message: chatMessage(turn), finish_reason: chatFinish(turn) }],
    ...chatUsage(turn),
  }),
  stream: (turn, model) => {
    const chunk = (delta: unknown, finish: string | null, rest = {}) =>
      event({
        id: 'chatcmpl-stub',
        object: 'chat.completion.chunk',
        created: 1_767_600_000,
        model,
        choices: [{ index: 0, delta, finish_reason: finish }],
        ...rest,
      });
    const calls = chatCalls(turn).map((call, index) => chunk({ tool_calls: [{ index, ...call }] }, null));
    return [
      chunk({ role: 'assistant', content: '' }, null),
      ...pieces(turn.text).map((content) => chunk({ content }, null)),
      ...calls,
      chunk({}, chatFinish(turn), chatUsage(turn)),
      'data: [DONE]\n\n',
    ];
  },
  failure: ({ status, message }) => ({ error: { message, type: 'stub_error', code: status } }),
};

export const responses: Wire = {
  basePath: '/v1',
  contentType: 'application/json',
  speakers: (body) => speakersIn(body.input, (item) => item.role === 'assistant' || item.type === 'function_call'),
  wantsStream: (_path, body) => body.stream === true,
  answer: (turn, model) => responseObject(turn, model),
  stream: (turn, model) => {
    const whole = responseObject(turn, model);
    const items = whole.output.flatMap((item, output_index) => [
      event({ type: 'response.output_item.added', output_index, item: { ...item, content: [], arguments: '' } }),
      ...pieces(item.type === 'message' ? turn.text : undefined).map((delta) =>
        event({ type: 'response.output_text.delta', item_id: item.id, output_index, content_index: 0, delta }),
      ),
      event({ type: 'response.output_item.done', output_index, item }),
    ]);
    const end = whole.status === 'incomplete' ? 'response.incomplete' : 'response.completed';
    return [
      event({ type: 'response.created', response: { ...whole, output: [], status: 'in_progress' } }),
      ...items,
      event({ type: end, response: whole }),
    ];
  },
  failure: ({ status, message }) => ({ error: { message, type: 'stub_error', code: String(status), param: null } }),
};

export const anthropicMessages: Wire = {
  basePath: '/v1',
  contentType: 'application/json',
  speakers: (body) => speakersIn(body.messages, (item) => item.role === 'assistant'),
  wantsStream: (_path, body) => body.stream === true,
  answer: (turn, model) => anthropicMessage(turn, model),
  stream: (turn, model) => {
    const whole = anthropicMessage(turn, model);
    const named = (data: { type: string }) => `event: ${data.type}\n${event(data)}`;
    const blocks = whole.content.flatMap((block, index) => [
      named({ type: 'content_block_start', index, content_block: emptied(block) } as { type: string }),
      ...deltasOf(block).map((delta) => named({ type: 'content_block_delta', index, delta } as { type: string })),
      named({ type: 'content_block_stop', index } as { type: string }),
    ]);
    const { stop_reason, usage } = whole;
    return [
      named({ type: 'message_start', message: { ...whole, content: [], stop_reason: null } } as { type: string }),
      ...blocks,
      named({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage } as { type: string }),
      named({ type: 'message_stop' }),
    ];
  },
  failure: ({ status, message }) => ({
    type: 'error',
    error: { type: status === 529 ? 'overloaded_error' : 'stub_error', message },
  }),
};

export const generateContent: Wire = {
  basePath: '/v1beta',
  contentType: 'application/json',
  speakers: (body) => speakersIn(body.contents, (item) => item.role === 'model'),
  wantsStream: (path) => path.includes(':streamGenerateContent'),
  answer: (turn, model) => geminiResponse(turn, model, geminiParts(turn), turn.finish ?? 'STOP'),
  stream: (turn, model) => [
    ...pieces(turn.text).map((text) => event(geminiResponse(turn, model, [{ text }]))),
    event(geminiResponse(turn, model, geminiParts({ ...turn, text: '' }), turn.finish ?? 'STOP')),
  ],
  failure: ({ status, message }) => ({ error: { code: status, message, status: 'STUB_ERROR' } }),
};

function chatMessage(turn: StubTurn) {
  const calls = chatCalls(turn);
  return {
    role: 'assistant',
    content: turn.text ?? null,
    ...(turn.refusal === undefined ? {} : { refusal: turn.refusal }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function chatCalls({ toolCalls = [] }: StubTurn) {
  return toolCalls.map((call, index) => ({
    id: call.id ?? `call_${index + 1}`,
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) },
  }));
}

function chatFinish({ finish, toolCalls = [] }: StubTurn): string {
  return finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop');
}

function chatUsage({ usage = USAGE }: StubTurn) {
  if (usage === null) return {};
  const { input, output, cached } = usage;
  const details = cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } };
  return {
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, ...details },
  };
}

function responseObject(turn: StubTurn, model: string) {
  const { usage = USAGE, finish } = turn;
  const status = ['failed', 'cancelled', 'in_progress'].includes(finish ?? '') ? finish : undefined;
  const content =
    turn.refusal === undefined
      ? { type: 'output_text', text: turn.text ?? '', annotations: [], logprobs: [] }
      : { type: 'refusal', refusal: turn.refusal };
  const message = { type: 'message', id: 'msg_stub', status: 'completed', role: 'assistant', content: [content] };
  const calls = (turn.toolCalls ?? []).map((call, index) => ({
    type: 'function_call',
    id: `fc_${index + 1}`,
    call_id: call.id ?? `call_${index + 1}`,
    name: call.name,
    arguments: argumentsOf(call),
    status: 'completed',
  }));
  return {
    id: 'resp_stub',
    object: 'response',
    created_at: 1_767_600_000,
    status: status ?? (finish === undefined ? 'completed' : 'incomplete'),
    error: null,
    incomplete_details: finish === undefined || status !== undefined ? null : { reason: finish },
    model,
    output: [...(turn.text === undefined && turn.refusal === undefined ? [] : [message]), ...calls],
    ...(usage === null
      ? {}
      : {
          usage: {
            input_tokens: usage.input,
            output_tokens: usage.output,
            total_tokens: usage.input + usage.output,
            input_tokens_details: { cached_tokens: usage.cached ?? 0 },
            output_tokens_details: { reasoning_tokens: 0 },
          },
        }),
  };
}

function anthropicMessage({ text, toolCalls = [], finish, usage = USAGE }: StubTurn, model: string) {
  const said = text === undefined ? [] : [{ type: 'text', text }];
  const calls = toolCalls.map(({ id, name, input = {} }, index) => ({
    type: 'tool_use',
    id: id ?? `toolu_${index + 1}`,
    name,
    input,
  }));
  return {
    id: 'msg_stub',
    type: 'message',
    role: 'assistant',
    model,
    content: [...said, ...calls],
    stop_reason: finish ?? (calls.length > 0 ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: {
      input_tokens: (usage?.input ?? 0) - (usage?.cached ?? 0),
      output_tokens: usage?.output ?? 0,
      cache_read_input_tokens: usage?.cached ?? 0,
      cache_creation_input_tokens: 0,
    },
  };
}

type AnthropicBlock = ReturnType<typeof anthropicMessage>['content'][number];

function emptied(block: AnthropicBlock) {
  return 'text' in block ? { ...block, text: '' } : { ...block, input: {} };
}

function deltasOf(block: AnthropicBlock) {
  if ('text' in block) return pieces(block.text).map((text) => ({ type: 'text_delta', text }));
  return pieces(JSON.stringify(block.input)).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

function geminiParts({ text, toolCalls = [] }: StubTurn) {
  const calls = toolCalls.map(({ name, input = {}, signature }) => ({
    functionCall: { name, args: input },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  }));
  return [...(text ? [{ text }] : []), ...calls];
}

function geminiResponse({ usage = USAGE }: StubTurn, model: string, parts: readonly unknown[], finishReason?: string) {
  const counts = usage && {
    usageMetadata: {
      promptTokenCount: usage.input,
      candidatesTokenCount: usage.output,
      totalTokenCount: usage.input + usage.output,
      ...(usage.cached === undefined ? {} : { cachedContentTokenCount: usage.cached }),
    },
  };
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}) }],
    modelVersion: model || MODEL,
    ...counts,
  };
}

function argumentsOf({ arguments: raw, input = {} }: StubCall): string {
  return raw ?? JSON.stringify(input);
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** A text in two halves, so that a stream has something to be cut between. */
function pieces(text = ''): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

function speakersIn(items: unknown, isModel: (item: Record<string, unknown>) => boolean): ('model' | 'other')[] {
  return Array.isArray(items) ? items.map((item) => (isModel(item) ? 'model' : 'other')) : [];
}
