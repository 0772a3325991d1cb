import { afterEach } from 'vitest';
import { type ModelStub, type ModelStubOptions, type StubScript, startModelStub } from './model-stub-server.ts';
import { anthropicMessages, chatCompletions, generateContent, responses, type Wire } from './model-wires.ts';

export type { ModelStub, ModelStubRequest, StubReply, StubScript } from './model-stub-server.ts';

type StartStub = (script: StubScript, options?: ModelStubOptions) => Promise<ModelStub>;

const open: ModelStub[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((stub) => stub.close()));
});

/** `POST {baseUrl}/chat/completions`: what `openai-compatible` speaks. */
export const chatCompletionsStub: StartStub = stubOf(chatCompletions);

/** `POST {baseUrl}/responses`: what `openai` speaks. */
export const responsesStub: StartStub = stubOf(responses);

/** `POST {baseUrl}/messages`: what `anthropic` speaks. */
export const anthropicStub: StartStub = stubOf(anthropicMessages);

/** `POST {baseUrl}/models/<id>:generateContent`: what `google` speaks. */
export const googleStub: StartStub = stubOf(generateContent);

function stubOf(wire: Wire): StartStub {
  return async (script, options) => {
    const stub = await startModelStub(wire, script, options);
    open.push(stub);
    return stub;
  };
}
