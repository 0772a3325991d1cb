/** The job of this worker process: the JSON on its stdin. */
export async function readJob(): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** Writes the answer of this worker process and ends it. */
export function writeAnswer(answer: object): void {
  process.stdout.write(JSON.stringify(answer), () => process.exit(0));
}
