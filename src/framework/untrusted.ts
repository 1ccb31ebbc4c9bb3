/** The mark of content that somebody else wrote. */
import type { UntrustedSource } from '../protocol/define.ts'
import { META } from '../protocol/mcp.ts'

/** To be spread into a result and into each part of its content; nothing where the words are ours. */
export const markOf = (source: UntrustedSource | undefined): { _meta?: Record<string, unknown> } =>
  source === undefined ? {} : { _meta: { [META.untrusted]: source } }
