/**
 * The headers of the current revision that repeat what the body says. Whoever reads only one of the two must
 * not be deceived, so that they have to agree.
 * Source: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isInexact } from '../../../protocol/exact-json.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { METHOD } from '../../../protocol/mcp.ts'
import { isRecord, numberIn } from '../../../protocol/values.ts'
import type { MirroredHeader } from '../../call/call.ts'

const NAMED_BY: ReadonlyMap<string, 'name' | 'uri'> = new Map([
  [METHOD.callTool, 'name'],
  [METHOD.getPrompt, 'name'],
  [METHOD.readResource, 'uri'],
])

/** Throws HEADER_MISMATCH where a header is missing, malformed or says something else than the body. */
export function checkHeaders(
  headers: IncomingHttpHeaders,
  version: string,
  method: string,
  params: Record<string, unknown>,
  mirrored: (tool: string) => readonly MirroredHeader[],
): void {
  compare('MCP-Protocol-Version', headers['mcp-protocol-version'], version)
  compare('Mcp-Method', headers['mcp-method'], method)
  const named = NAMED_BY.get(method)
  if (named !== undefined) {
    const name = params[named]
    if (typeof name !== 'string') throw new RpcError('INVALID_PARAMS', `params.${named} must be a string.`)
    compare('Mcp-Name', decode('Mcp-Name', headers['mcp-name']), name)
  }
  if (method === METHOD.callTool && typeof params.name === 'string')
    for (const { header, path } of mirrored(params.name))
      compareMirrored(header, headers[header], valueAt(params.arguments, path))
}

function compare(name: string, header: string | string[] | undefined, body: string): void {
  if (header === undefined) throw new RpcError('HEADER_MISMATCH', `The header ${name} is missing.`)
  if (header !== body)
    throw new RpcError('HEADER_MISMATCH', `The header ${name} does not say the same as the body.`)
}

function compareMirrored(name: string, header: string | string[] | undefined, value: unknown): void {
  if (value === undefined || value === null) {
    if (header !== undefined)
      throw new RpcError('HEADER_MISMATCH', `The header ${name} is there, but the argument is not.`)
    return
  }
  const text = decode(name, header)
  if (typeof value === 'number' && numberIn(text?.trim()) === value) return
  compare(name, text, wordOf(name, value))
}

/** What a header can say is a word. */
function wordOf(name: string, value: unknown): string {
  if (isInexact(value)) return value.rawJSON
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  throw new RpcError('HEADER_MISMATCH', `The header ${name} can't say what the argument is: that is no word.`)
}

/** Decodes `=?base64?…?=`, the form of a value that a header can't carry as it is. */
function decode(name: string, header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined
  const encoded = /^=\?base64\?(.*)\?=$/.exec(header)?.[1]
  if (encoded === undefined) {
    if (/[^\t\x20-\x7e]/.test(header))
      throw new RpcError(
        'HEADER_MISMATCH',
        `The header ${name} has characters that must be sent as =?base64?…?=.`,
      )
    return header
  }
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, ''))
    throw new RpcError('HEADER_MISMATCH', `The header ${name} is not valid base64.`)
  return bytes.toString('utf8')
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args
  for (const key of path) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}
