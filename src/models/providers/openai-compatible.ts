import type { Provider } from '../provider.ts';

/** Any server of chat completions (`POST {baseUrl}/chat/completions`): Ollama, vLLM, llama.cpp, gateways. The key is optional. */
export const openaiCompatible: Provider = {
  name: 'openai-compatible',
  async load() {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return ({ model, baseUrl, apiKey }, fetch) => {
      const key = apiKey ? { apiKey } : {};
      return createOpenAICompatible({ name: 'openai-compatible', baseURL: baseUrl, ...key, fetch }).chatModel(model);
    };
  },
};
