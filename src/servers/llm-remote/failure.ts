/** What goes wrong with a provider, told without its key: to the gateway by a code, to people in a sentence. */
import OpenAI from 'openai'
import { type ModelProvider, REMOTE_SERVER } from '../../contracts/model-aliases.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { numberIn } from '../../protocol/values.ts'
import type { Said } from './reading.ts'

export type FailureCode =
  | 'unknown_model'
  | 'unauthorized'
  | 'rate_limited'
  | 'payment_required'
  | 'invalid_request'
  | 'context_length_exceeded'
  | 'timeout'
  | 'unavailable'
  | 'broken_answer'

export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure'
  readonly code: FailureCode
  /** How long the provider asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** What the provider itself said, if it was that. */
  readonly said: Said | undefined
  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.said = options.said
  }
}

interface FailureOptions extends ErrorOptions {
  retryAfterMs?: number | undefined
  said?: Said
}

/** How much of what a provider says is passed on, in characters. */
const MAX_SAID = 500

/** Anything that the client of a provider threw, as one of the failures above. */
export function toFailure(
  thrown: unknown,
  provider: ModelProvider,
  key: string | undefined,
): ProviderFailure {
  if (thrown instanceof ProviderFailure) return thrown
  const who = `The provider "${provider.name}"`
  // Causes stay here, since they may carry the request with its headers.
  if (thrown instanceof OpenAI.APIConnectionTimeoutError) return late(provider)
  if (thrown instanceof OpenAI.APIConnectionError)
    return new ProviderFailure(
      'unavailable',
      `${who} can't be reached${systemCode(thrown)}; is its api_base_url right, and does it run?`,
    )
  if (!(thrown instanceof OpenAI.APIError) || thrown.status === undefined)
    return new ProviderFailure(
      'broken_answer',
      `${who} sent an answer that can't be read, or ended half-way.`,
    )
  // What it said was put into this shape as it came.
  const said = { ...(thrown.error as Said), status: thrown.status }
  return toldFailure(said, provider, key, retryAfter(thrown.headers))
}

/** Codes and types of errors that come without a status, in a stream or after a status that says that all is well. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  content_filter: 400,
  context_length_exceeded: 400,
  exceed_context_size_error: 400,
  badrequesterror: 400,
  invalid_argument: 400,
  failed_precondition: 400,
  invalid_api_key: 401,
  authentication_error: 401,
  unauthenticated: 401,
  billing_error: 402,
  insufficient_credits: 402,
  permission_error: 403,
  permission_denied: 403,
  model_not_found: 404,
  not_found_error: 404,
  notfounderror: 404,
  not_found: 404,
  request_too_large: 413,
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  insufficient_quota: 429,
  resource_exhausted: 429,
  server_error: 500,
  api_error: 500,
  internalservererror: 500,
  internal: 500,
  overloaded_error: 503,
  unavailable: 503,
  unavailable_error: 503,
  timeout_error: 504,
  deadline_exceeded: 504,
}
const statusOf = (word = ''): number | undefined => {
  const name = word.toLowerCase()
  return Object.hasOwn(STATUS, name) ? STATUS[name] : undefined
}

/** What a prompt that is too long is called, in codes and in words. */
const TOO_LONG =
  /context_length_exceeded|exceed_context_size|maximum context (length|size)|exceeds? the (available |model's |maximum )?context|prompt is too long|token count \(?\d*\)? ?exceeds|context (length|window|size) exceeded/i

/** What a provider told of an error, in whatever way, as one of the failures above. */
export function toldFailure(
  given: Said,
  provider: ModelProvider,
  key: string | undefined,
  retryAfterMs?: number,
): ProviderFailure {
  const who = `The provider "${provider.name}"`
  const status = given.status ?? statusOf(given.code) ?? statusOf(given.type)
  const text = sayable(given.message, key)
  const said = { ...given, message: text, ...(status === undefined ? {} : { status }) }
  const failure = (code: FailureCode, message: string) =>
    new ProviderFailure(code, message, { retryAfterMs, said })
  switch (status) {
    case undefined:
      return failure('broken_answer', `${who} broke its answer off: ${text}`)
    case 401:
    case 403:
      // What it says may repeat the key.
      return new ProviderFailure(
        'unauthorized',
        `${who} refuses ${key === undefined ? 'a call without a key' : 'its key'}; set it with "luca secret set ${REMOTE_SERVER} ${provider.secret}".`,
      )
    case 402:
      return failure('payment_required', `${who} wants to be paid before it answers: ${text}`)
    case 404:
      return failure('unknown_model', `${who} does not know this model: ${text}`)
    case 429:
      return failure('rate_limited', `${who} takes no more requests now: ${text}`)
    case 408:
    case 504:
      return late(provider)
  }
  if (status >= 500) return failure('unavailable', `${who} failed with HTTP ${status}: ${text}`)
  const isTooLong = TOO_LONG.test(`${given.code} ${given.type} ${given.message}`)
  const code = isTooLong ? 'context_length_exceeded' : 'invalid_request'
  return failure(code, `${who} refuses the request: ${text}`)
}

export const late = ({ name, timeoutMs }: ModelProvider): ProviderFailure =>
  new ProviderFailure(
    'timeout',
    `The provider "${name}" said nothing for ${timeoutMs / 1000} seconds (timeout_seconds).`,
  )

export const tooLong = ({ name }: ModelProvider): ProviderFailure =>
  new ProviderFailure(
    'broken_answer',
    `The provider "${name}" sends an answer, or a piece of one, that is longer than ${MAX_MESSAGE_BYTES} bytes, and was stopped.`,
  )

/** What is worth another try. */
export const isPassing = ({ code }: ProviderFailure): boolean =>
  code === 'rate_limited' || code === 'unavailable' || code === 'timeout'

function sayable(message: string, key: string | undefined): string {
  const said = message.replace(/\s+/g, ' ').slice(0, MAX_SAID)
  return key === undefined ? said : said.replaceAll(key, '…')
}

/** Seconds or a date, as RFC 9110 (section 10.2.3) has it, or more exactly as OpenAI and Azure do, in milliseconds. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const exact = numberIn(headers?.get('retry-after-ms') ?? undefined)
  if (exact !== undefined) return Math.max(0, Math.round(exact))
  const text = headers?.get('retry-after')
  if (!text) return undefined
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined
}

/** Such as ` (ECONNREFUSED)`. */
function systemCode(error: Error): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code === 'string') return ` (${code})`
  }
  return ''
}
