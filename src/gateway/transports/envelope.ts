/** What every request of the current revision says of its sender, in `params._meta`. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import {
  type ClientCapabilities,
  CURRENT_VERSION,
  type Implementation,
  LOGGING_LEVELS,
  type LoggingLevel,
  META,
  METHOD,
} from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { ClientFacts } from '../call/call.ts'

/** Of a client that can be asked nothing on the way, since what it speaks has no words for that. */
export const NO_CAPABILITIES: ClientFacts = { capabilities: {}, info: undefined, logLevel: undefined }

/** Throws INVALID_PARAMS where `_meta` lacks what the revision requires. The version is not compared here. */
export function readEnvelope(params: unknown): { version: string; client: ClientFacts } {
  const meta = metaOf(params)
  if (!meta)
    throw new RpcError(
      'INVALID_PARAMS',
      `params._meta is missing; it must carry "${META.version}" and "${META.clientCapabilities}".`,
    )
  const version = meta[META.version]
  const capabilities = meta[META.clientCapabilities]
  if (typeof version !== 'string')
    throw new RpcError('INVALID_PARAMS', `params._meta must carry "${META.version}", a string.`)
  if (!isRecord(capabilities))
    throw new RpcError('INVALID_PARAMS', `params._meta must carry "${META.clientCapabilities}", an object.`)
  const level = meta[META.logLevel] ?? undefined
  if (level !== undefined && !LOGGING_LEVELS.includes(level as LoggingLevel))
    throw new RpcError('INVALID_PARAMS', `"${META.logLevel}" must be one of ${LOGGING_LEVELS.join(', ')}.`)
  const info = meta[META.clientInfo]
  return {
    version,
    client: {
      capabilities: capabilities as ClientCapabilities,
      info: isRecord(info) ? (info as unknown as Implementation) : undefined,
      logLevel: level as LoggingLevel | undefined,
    },
  }
}

/** Throws UNSUPPORTED_VERSION, with the versions spoken here, for any other. */
export function checkVersion(version: string): void {
  if (version !== CURRENT_VERSION)
    throw new RpcError(
      'UNSUPPORTED_VERSION',
      `The version "${version.slice(0, 40)}" is not spoken here without a session.`,
      {
        data: { supported: [CURRENT_VERSION], requested: version },
      },
    )
}

/** Marks what belongs to a subscription with the id of the request that opened it. */
export const withSubscriptionId = <T extends Record<string, unknown>>(
  method: string,
  id: unknown,
  fields: T,
): T =>
  method === METHOD.listen
    ? { ...fields, _meta: { ...(fields._meta as object | undefined), [META.subscriptionId]: id } }
    : fields

function metaOf(params: unknown): Record<string, unknown> | undefined {
  const meta = isRecord(params) ? params._meta : undefined
  return isRecord(meta) ? meta : undefined
}
