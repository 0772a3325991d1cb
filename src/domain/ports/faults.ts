/** The places where a test may stop the process for good (SIGKILL) to prove that nothing is lost. */
export type FaultPoint =
  | 'accept.before-commit'
  | 'accept.after-commit'
  | 'claim'
  | 'prompt'
  | 'tool.before-send'
  | 'tool.after-send'
  | 'result.before-commit'
  | 'result.after-commit'
  | 'outbox.claim'
  | 'post.before'
  | 'post.after'
  | 'alert'
  | 'tick'
  | 'reload'
  | 'migrate';

/** Called at each fault point; does nothing outside crash tests (`AMODAL_FAULT=point:n`, see runtime/faults). */
export type Faults = (point: FaultPoint) => void;

export const NO_FAULTS: Faults = () => {};
