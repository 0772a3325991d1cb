export interface Size {
  readonly width: number;
  readonly height: number;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height in pixels by the picture's own head; undefined when it is none of this type. */
export function imageSize(bytes: Buffer, mediaType: string): Size | undefined {
  switch (mediaType) {
    case 'image/png':
      return bytes.subarray(0, 8).equals(PNG) && bytes.length >= 24
        ? positive(bytes.readUInt32BE(16), bytes.readUInt32BE(20))
        : undefined;
    case 'image/jpeg':
      return jpegSize(bytes);
    case 'image/svg+xml':
      return svgSize(bytes.toString('utf8', 0, 2_000));
    default:
      return undefined;
  }
}

/** The first frame header (SOF0 … SOF15 without DHT, JPG, DAC) says it. */
function jpegSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let at = 2;
  while (at + 9 < bytes.length) {
    const marker = bytes.readUInt16BE(at);
    if (marker < 0xff01) return undefined;
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return positive(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function svgSize(head: string): Size | undefined {
  const [, width, height] = /<svg[^>]*? width="([\d.]+)" height="([\d.]+)"/.exec(head) ?? [];
  return positive(Number(width), Number(height));
}

function positive(width: number, height: number): Size | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}
