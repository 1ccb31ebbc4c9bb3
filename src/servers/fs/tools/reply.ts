/** Shapes that the tools share. */

import type { ToolReply } from '../../../protocol/define.ts'
import type { ContentBlock } from '../../../protocol/mcp.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Kind, Written } from '../files.ts'

export const PathParameter = (what: string) =>
  Type.String({
    description: `${what} "/" is the top folder; relative paths begin there. Paths below the folder of {tool:list_allowed_directories} work too.`,
  })

export const ExcludePatterns = Type.Optional(
  Type.Array(Type.String(), {
    maxItems: 100,
    description:
      'Glob patterns to exclude, relative to the path. A pattern without * excludes that name at any depth.',
  }),
)

/** The structured result of most tools: the text once more. */
export const TextOutput = Type.Object({ content: Type.String() })

export const Options = { additionalProperties: false } as const

export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const

/**
 * A reply with a text, also structured. What is to be said beside it, such as that there is more, stands in
 * content blocks of its own, so that the text stays what was asked for.
 */
export function textReply<T extends object>(
  content: string,
  extra: T = {} as T,
  ...notes: (string | undefined)[]
): ToolReply<{ content: string } & T> {
  return { content: textBlocks(content, ...notes), structured: { content, ...extra } }
}

/** Texts that there are, each a block. */
export const textBlocks = (...texts: (string | undefined)[]): ContentBlock[] =>
  texts.filter((text) => text !== undefined).map((text) => ({ type: 'text', text }))

/** What the reply says where a file that was written had more names than the one. */
export const namesNote = ({ otherNames }: Written): string | undefined =>
  otherNames === 0
    ? undefined
    : otherNames === 1
      ? 'It had 1 other name (hard link), which keeps the old content.'
      : `It had ${otherNames} other names (hard links), which keep the old content.`

/** How a listing marks what an entry is. */
export const MARK: Readonly<Record<Kind, string>> = {
  file: '[FILE]',
  folder: '[DIR]',
  link: '[LINK]',
  other: '[OTHER]',
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** Bytes for people, in powers of 1024. */
export function formatSize(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(2)} ${UNITS[unit]}`
}
