/** What keeps a language model from answering: the codes of the servers that run or reach them, as errors for callers. */

import { MODEL_FAILURES } from '../../contracts/model-failures.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { CallToolResult } from '../../protocol/mcp.ts'
import { entryOf, isRecord } from '../../protocol/values.ts'
import type { LlmGrant } from '../call/call.ts'

const UNKNOWN = { error: 'INTERNAL', passesOn: true } as const
/** When a caller that finds the queue full should retry, in milliseconds. */
const RETRY_MS = 1000

const NO_MODEL =
  'There is no language model here yet. Get one with "luca model pull NAME", put a GGUF file where "luca model list" looks for them, or name a server that has one in models.yaml (docs/models-remote.md).'

export class ModelFailure extends Error {
  override readonly name = 'ModelFailure'
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
  constructor(
    code: string,
    message: string,
    { details = {}, ...options }: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }

  get passesOn(): boolean {
    return (entryOf(MODEL_FAILURES, this.code) ?? UNKNOWN).passesOn
  }

  /** As its caller gets it. */
  toRpcError(): RpcError {
    const { error } = entryOf(MODEL_FAILURES, this.code) ?? UNKNOWN
    const retryAfterMs = error === 'RATE_LIMITED' ? { retryAfterMs: RETRY_MS } : {}
    return new RpcError(error, this.message, {
      data: { ...retryAfterMs, ...this.details, code: this.code },
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    })
  }
}

export const noModel = (): ModelFailure => new ModelFailure('no_model', NO_MODEL)

/** A failure that names models, for a caller who may use some of them alone. */
export function withoutForbidden(failure: ModelFailure, { allowsModel }: LlmGrant): ModelFailure {
  const { models } = failure.details
  if (!Array.isArray(models)) return failure
  const allowed = models.filter((model): model is string => typeof model === 'string' && allowsModel(model))
  if (allowed.length === models.length) return failure
  const there =
    allowed.length === 0 ? 'There is none that your tier includes.' : `There are: ${allowed.join(', ')}.`
  return new ModelFailure(failure.code, `That model is not on this machine. ${there}`, {
    details: { ...failure.details, models: allowed },
  })
}

/** The failure that a server told in a result. */
export function failureOf({ content, structuredContent }: CallToolResult): ModelFailure {
  const said = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  const given = isRecord(structuredContent) ? structuredContent.error : undefined
  const { code, message, ...details } = isRecord(given) ? given : {}
  if (code === 'no_model') return noModel()
  return new ModelFailure(
    // A server that refuses arguments says so without a code.
    typeof code === 'string' ? code : 'invalid_request',
    typeof message === 'string' && message !== '' ? message : said || 'The language model failed.',
    { details },
  )
}
