/** Headers that mean one thing: where one comes twice, two readers could take two values (RFC 9110, section 5.3). */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { HttpError } from './errors.ts'

/** Of HTTP; besides, all that MCP has. */
const SINGLETONS: ReadonlySet<string> = new Set([
  'access-control-request-method',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'last-event-id',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
  'transfer-encoding',
])
const OF_MCP = 'mcp-'

/** Throws HttpError for one that comes twice. `raw` is node's flat list of names and values. */
export function refuseRepeated(raw: readonly string[]): void {
  const seen = new Set<string>()
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    if (!SINGLETONS.has(name) && !name.startsWith(OF_MCP)) continue
    if (seen.has(name))
      throw new HttpError(
        400,
        new RpcError('INVALID_REQUEST', `The header ${raw[i]} came more than once; send it once.`),
      )
    seen.add(name)
  }
}
