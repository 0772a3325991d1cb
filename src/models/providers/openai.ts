import type { Provider } from '../provider.ts';

/** OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses. Nothing is stored there. */
export const openai: Provider = {
  name: 'openai',
  keyVariable: 'OPENAI_API_KEY',
  baseUrl: 'https://api.openai.com/v1',
  priceTable: 'openai',
  // Unsaid, it would make every optional argument required.
  strictTools: false,
  options: { openai: { store: false } },
  async load() {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return ({ model, baseUrl, apiKey }, fetch) =>
      createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? '', fetch }).responses(model);
  },
};
