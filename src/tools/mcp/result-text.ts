import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

/** The text of a result: what the model may read. Pictures, sounds and links are named, never fetched or decoded. */
export function resultText({ content, structuredContent }: CallToolResult): string {
  const parts = content.map(partText).filter((text) => text !== '');
  const hasText = content.some(({ type }) => type === 'text' || type === 'resource');
  if (structuredContent && !hasText) return JSON.stringify(structuredContent);
  return parts.join('\n');
}

function partText(part: CallToolResult['content'][number]): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
    case 'audio':
      return `[${part.type} ${part.mimeType}, ${Math.floor((part.data.length * 3) / 4)} bytes, not shown]`;
    case 'resource_link':
      return `[link to ${part.uri} (${part.name}), not fetched]`;
    case 'resource':
      return 'text' in part.resource ? part.resource.text : `[resource ${part.resource.uri}, binary, not shown]`;
    default:
      return '[a part of an unknown kind]';
  }
}
