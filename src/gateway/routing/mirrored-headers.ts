/**
 * Tool parameters that clients repeat in HTTP headers: `x-mcp-header` in the input schema, on properties that
 * are reached through `properties` alone.
 * Source: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
import type { JsonSchema } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { MirroredHeader } from '../call/call.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export function mirroredHeaders(schema: JsonSchema, path: readonly string[] = []): MirroredHeader[] {
  const properties = schema.properties
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).flatMap(([key, property]) => {
    if (!isRecord(property)) return []
    const own = property['x-mcp-header']
    const here = [...path, key]
    return [
      ...(typeof own === 'string' && TOKEN.test(own)
        ? [{ header: `mcp-param-${own.toLowerCase()}`, path: here }]
        : []),
      ...mirroredHeaders(property, here),
    ]
  })
}
