export { createGit } from './create-git.ts';
export { createSecrets, type SecretsOptions } from './create-secrets.ts';
export { createTemplates } from './create-templates.ts';
export { type LoadedBundle, type LoadOptions, loadBundle } from './load-bundle.ts';
export type { Registries } from './load-context.ts';
export { loadQuietBundle } from './load-quiet-bundle.ts';
export { type BundleWatch, type WatchOptions, watchBundle } from './watch-bundle.ts';
