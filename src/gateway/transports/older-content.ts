/** Content for clients of revisions that do not know its kind: their libraries refuse the whole result for one part of it. */
import type { ContentBlock, Result } from '../../protocol/mcp.ts'
import { entryOf, isRecord } from '../../protocol/values.ts'

/** The first revision that knows a kind. */
const SINCE: Readonly<Record<string, string>> = {
  audio: '2025-03-26',
  resource_link: '2025-06-18',
} satisfies Partial<Record<ContentBlock['type'], string>>
const NEWEST_KIND = '2025-06-18'

/** The result of a tool or a prompt, with a text in place of each part that the revision does not know. */
export function withKnownContent(result: Result, version: string): Result {
  if (version >= NEWEST_KIND) return result
  const known = (block: unknown) => knownBlock(block, version)
  const { content, messages } = result
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map(known) } : {}),
    ...(Array.isArray(messages)
      ? {
          messages: messages.map((message) =>
            isRecord(message) ? { ...message, content: known(message.content) } : message,
          ),
        }
      : {}),
  }
}

function knownBlock(block: unknown, version: string): unknown {
  if (!isRecord(block) || typeof block.type !== 'string') return block
  if ((entryOf(SINCE, block.type) ?? '') <= version) return block
  const { type, name, uri, mimeType, _meta } = block
  const parts = type === 'resource_link' ? [name, uri] : [type, mimeType]
  const text = `[${parts.filter((part) => typeof part === 'string').join(', ')}]`
  return { type: 'text', text, ...(_meta === undefined ? {} : { _meta }) }
}
