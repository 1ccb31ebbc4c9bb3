/** Names of a server's tools and prompts as a caller knows them, which depends on where it came in. */
import { advertisedName } from '../../protocol/names.ts'
import type { Inbound } from './call.ts'

/** What stands before a server's own names. */
export function namePrefix({ method, server }: Pick<Inbound, 'method' | 'server'>, service: string): string {
  if (method.startsWith('mcp.')) return `mcp.${service}.`
  return server === undefined ? advertisedName(service, '') : ''
}
