/** What the `git` binary says of a folder. */
export interface Git {
  /** Null commit outside a repository or before the first commit. `dirty` looks only at `dir`. */
  describe(dir: string): Promise<{ readonly commit: string | null; readonly dirty: boolean }>;
}
