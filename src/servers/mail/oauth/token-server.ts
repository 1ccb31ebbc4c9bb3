/** What is said to those who give tokens: the device authorization grant (RFC 8628) and renewal (RFC 6749, section 6). */
import { type Outward, OutwardError } from '../../../host/outward/outward.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import { isRecord, textIn, wholeIn } from '../../../protocol/values.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import type { Provider } from './providers.ts'

/** Who asks: an application that was registered at the provider. */
export interface Asking {
  outward: Outward
  provider: Provider
  /** Undefined where the application has none. */
  clientSecret: string | undefined
}

/** What a person types in, and where. */
export interface DeviceCode {
  deviceCode: string
  userCode: string
  address: string
  /** How long it can be used, and how often one may ask, in milliseconds. */
  lifetimeMs: number
  intervalMs: number
}

export interface Tokens {
  accessToken: string
  /** In milliseconds; undefined where it was not said. */
  lifetimeMs: number | undefined
  /** Another than before, where the provider renews them. */
  refreshToken: string | undefined
}

/** The provider's no, by its code (RFC 6749, section 5.2; RFC 8628, section 3.5). */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const LIMITS = { wholeMs: 30_000, receivedBytes: 64 * 1024, unpackedBytes: 64 * 1024 }
/** Where the provider says nothing else (RFC 8628, section 3.2). */
const USUAL_INTERVAL_S = 5
const LONGEST_LIFETIME_S = 24 * 60 * 60
const LONGEST_TOKEN = 16 * 1024

/** Rejects with a Refusal, a MailProblem, or the reason of the signal. */
export async function askForCode(asking: Asking, signal: AbortSignal): Promise<DeviceCode> {
  const { provider } = asking
  const answer = await posted(asking, provider.deviceUrl, { scope: provider.scopes.join(' ') }, signal)
  const deviceCode = tokenIn(answer.device_code)
  const userCode = lineIn(answer.user_code, 100)
  // Google's name for it is older than the standard.
  const address = lineIn(answer.verification_uri ?? answer.verification_url, 500)
  if (deviceCode === undefined || userCode === undefined || !address || !/^https?:\/\//i.test(address))
    throw notOne(provider.deviceUrl)
  return {
    deviceCode,
    userCode,
    address,
    lifetimeMs: secondsIn(answer.expires_in, 15 * 60) * 1000,
    intervalMs: secondsIn(answer.interval, USUAL_INTERVAL_S) * 1000,
  }
}

/** Asks once whether the person has signed in. Rejects as `askForCode`; the Refusal says whether it makes sense to ask again. */
export const askForTokens = (asking: Asking, deviceCode: string, signal: AbortSignal): Promise<Tokens> =>
  tokensBy(asking, { grant_type: DEVICE_GRANT, device_code: deviceCode }, signal)

export const askForRenewal = (asking: Asking, refreshToken: string, signal: AbortSignal): Promise<Tokens> =>
  tokensBy(asking, { grant_type: 'refresh_token', refresh_token: refreshToken }, signal)

async function tokensBy(asking: Asking, what: Record<string, string>, signal: AbortSignal): Promise<Tokens> {
  const { tokenUrl } = asking.provider
  const answer = await posted(asking, tokenUrl, what, signal)
  const accessToken = tokenIn(answer.access_token)
  if (accessToken === undefined) throw notOne(tokenUrl)
  const seconds = answer.expires_in
  return {
    accessToken,
    lifetimeMs: seconds === undefined ? undefined : secondsIn(seconds, 0) * 1000,
    refreshToken: tokenIn(answer.refresh_token),
  }
}

async function posted(
  { outward, provider, clientSecret }: Asking,
  url: string,
  what: Record<string, string>,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({
    client_id: provider.clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...what,
  })
  const init = { method: 'POST', body, headers: { accept: 'application/json' }, signal, limits: LIMITS }
  try {
    // Tokens go to the address that is set, and nowhere else.
    const response = await outward.fetch(url, { ...init, redirect: 'error' })
    const answer = recordIn(await response.text())
    if (response.ok && answer) return answer
    if (typeof answer?.error === 'string') throw refusal(answer, provider.name, Object.values(what))
    throw notOne(url, response.status)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof OutwardError)) throw error
    const kind = error.failure === 'untrusted' ? 'certificate' : 'unreachable'
    throw new MailProblem(kind, `Signing in: ${error.message}`, { cause: error })
  }
}

/** In its words, without what it was sent. */
function refusal(
  { error, error_description: description }: Record<string, unknown>,
  provider: string,
  sent: readonly string[],
): Refusal {
  const code = lineIn(error, 60) ?? ''
  const words = sent.reduce((text, secret) => text.replaceAll(secret, '…'), textIn(description) ?? '')
  const says = cleanLine(words).slice(0, 300)
  return new Refusal(code, `${provider} says ${code}${says === '' ? '' : `: ${says}`}`)
}

const notOne = (url: string, status?: number): MailProblem =>
  new MailProblem(
    'broken',
    `${URL.parse(url)?.host} does not answer as one who gives tokens${status === undefined ? '' : ` (HTTP ${status})`}. The addresses under "oauth" in mail.yaml may be wrong.`,
  )

function recordIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** As it can stand in a header and in SASL. */
const tokenIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(value)
    ? value
    : undefined

const lineIn = (value: unknown, max: number): string | undefined =>
  typeof value === 'string' ? cleanLine(value).slice(0, max) || undefined : undefined

/** Some write numbers as texts. */
function secondsIn(value: unknown, usual: number): number {
  const seconds = typeof value === 'string' ? wholeIn(value, 1) : value
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, LONGEST_LIFETIME_S) : usual
}
