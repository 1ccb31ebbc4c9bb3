/** What a request says about itself in `_meta`: revision, client's capabilities, progress, logging, caller. */
import { RpcError } from '../protocol/jsonrpc.ts'
import {
  type ClientCapabilities,
  CURRENT_VERSION,
  LOGGING_LEVELS,
  type LoggingLevel,
  META,
} from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'

export interface CallMeta {
  clientCapabilities: ClientCapabilities
  progressToken: string | number | undefined
  /** Whether an answer of a model is wanted in deltas too. */
  deltas: boolean
  logLevel: LoggingLevel | undefined
  caller: string | undefined
  session: string | undefined
  /** What its client calls itself. */
  clientName: string | undefined
  /** Milliseconds that the call may take, counted from its arrival. */
  timeoutMs: number
  /** The state of what may be destroyed; true for whatever it is. */
  agreed: string | true | undefined
  /** Whether a person must agree to any change. */
  guarded: boolean
  /** The capabilities of this server that the caller has. */
  may: readonly unknown[]
  /** What stands before this server's names in those that the caller knows. */
  namePrefix: string
}

const NOTHING: readonly unknown[] = []
const DEFAULT_TIMEOUT_MS = 300_000
/** The longest delay a timer can have. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Reads `_meta`. Throws INVALID_PARAMS that names what is missing, or UNSUPPORTED_VERSION. */
export function readMeta(meta: unknown): CallMeta {
  if (!isRecord(meta))
    throw new RpcError(
      'INVALID_PARAMS',
      `The params need "_meta" with "${META.version}" and "${META.clientCapabilities}".`,
    )
  checkVersion(meta[META.version])
  const clientCapabilities = meta[META.clientCapabilities]
  if (!isRecord(clientCapabilities))
    throw new RpcError('INVALID_PARAMS', `"_meta" needs "${META.clientCapabilities}", an object.`)
  const { progressToken } = meta
  if (progressToken !== undefined && typeof progressToken !== 'string' && !Number.isInteger(progressToken))
    throw new RpcError('INVALID_PARAMS', 'A progressToken must be a string or an integer.')
  const logLevel = meta[META.logLevel]
  if (logLevel !== undefined && !LOGGING_LEVELS.includes(logLevel as LoggingLevel))
    throw new RpcError('INVALID_PARAMS', `"${META.logLevel}" must be one of ${LOGGING_LEVELS.join(', ')}.`)
  const caller = meta[META.caller]
  const session = meta[META.session]
  const info = meta[META.clientInfo]
  const timeoutMs = meta[META.timeoutMs]
  const agreed = meta[META.agreed]
  const namePrefix = meta[META.namePrefix]
  const may = meta[META.may]
  return {
    clientCapabilities: clientCapabilities as ClientCapabilities,
    progressToken: progressToken as string | number | undefined,
    deltas: meta[META.deltas] === true,
    logLevel: logLevel as LoggingLevel | undefined,
    caller: typeof caller === 'string' ? caller : undefined,
    session: typeof session === 'string' ? session : undefined,
    clientName: isRecord(info) && typeof info.name === 'string' ? info.name : undefined,
    timeoutMs:
      typeof timeoutMs === 'number' ? Math.min(Math.max(timeoutMs, 0), MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS,
    may: Array.isArray(may) ? may : NOTHING,
    namePrefix: typeof namePrefix === 'string' ? namePrefix : '',
    agreed: agreed === true || typeof agreed === 'string' ? agreed : undefined,
    guarded: meta[META.guarded] === true,
  }
}

function checkVersion(version: unknown): void {
  if (typeof version !== 'string')
    throw new RpcError('INVALID_PARAMS', `"_meta" needs "${META.version}", such as "${CURRENT_VERSION}".`)
  if (version !== CURRENT_VERSION)
    throw new RpcError('UNSUPPORTED_VERSION', `This server speaks revision ${CURRENT_VERSION} only.`, {
      data: { supported: [CURRENT_VERSION], requested: version },
    })
}
