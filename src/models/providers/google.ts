import type { Provider } from '../provider.ts';

/** Google's Gemini API: https://ai.google.dev/api/generate-content */
export const google: Provider = {
  name: 'google',
  keyVariable: 'GOOGLE_API_KEY',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  priceTable: 'google',
  async load() {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return ({ model, baseUrl, apiKey }, fetch) =>
      createGoogleGenerativeAI({ baseURL: baseUrl, apiKey: apiKey ?? '', fetch })(model);
  },
};
