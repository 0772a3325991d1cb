export { type Preview, type PreviewRequest, previewPrompt } from './preview-prompt.ts';
export type { SessionPorts } from './session.ts';
export { createSessionRunner } from './session-runner.ts';
