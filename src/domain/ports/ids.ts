/** Makes ids: the prefix and a time-ordered UUID, e.g. `run_0192f…`. */
export type NewId = (prefix: 'run' | 'dlv' | 'evt' | 'key' | 'sess' | 'msg' | 'fi' | 'rej') => string;
