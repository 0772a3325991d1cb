import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** A body as a stream, decompressed when it was compressed all the same, and broken off at the cap. */
export function decodedBody(body: Readable, encoding: string, { maxBytes }: { readonly maxBytes: number }): Readable {
  const decoder = decoderOf(encoding);
  const capped = cap(maxBytes);
  const ignore = () => {};
  return decoder ? pipeline(body, decoder, capped, ignore) : pipeline(body, capped, ignore);
}

function decoderOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

function cap(maxBytes: number): Transform {
  let length = 0;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      length += chunk.length;
      if (length > maxBytes) done(new Error(`the answer is longer than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
