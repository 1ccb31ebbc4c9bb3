/** The mark of content that others wrote. */
import type { UntrustedSource } from '../protocol/define.ts'
import { META } from '../protocol/mcp.ts'

/** To be spread into a result and into each part of its content; nothing where the words are ours. */
export const markOf = (source: UntrustedSource | undefined): { _meta?: Record<string, unknown> } =>
  source === undefined ? {} : { _meta: { [META.untrusted]: source } }

/**
 * The mark by itself, for the `_meta` of a notification and the data of an error: where a server is not ours, what it tells on
 * the way and how it fails are its words too. Of a file it is only the content.
 */
export const serverMarkOf = (source: UntrustedSource | undefined): Record<string, unknown> =>
  source === 'server' ? { [META.untrusted]: source } : {}
