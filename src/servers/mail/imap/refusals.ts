/** What imapflow says of what failed, as it is told. */
import type { ImapFlowOptions } from 'imapflow'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import { MailProblem } from '../connection/mail-problem.ts'

const SILENT = { debug: () => {}, info: () => {}, error: () => {}, fatal: () => {} }

/** Commands that change something end with `false` where the server refuses them: why is in the log of imapflow alone. */
export class Refusals {
  #last: unknown

  readonly logger: NonNullable<Exclude<ImapFlowOptions['logger'], false>> = {
    warn: ({ err }: { err?: unknown }) => {
      if (err !== undefined) this.#last = err
    },
    ...SILENT,
  }

  /** Why the command failed that ended just now. */
  take(): unknown {
    const last = this.#last
    this.#last = undefined
    return last
  }
}

/** What imapflow rejects with, and what a server of its kind says with it (RFC 5530). */
interface FlowError {
  code?: string
  authenticationFailed?: boolean
  serverResponseCode?: string
  responseText?: string
  responseStatus?: string
  message?: string
}

/** Of logging in, which servers may not take at all. */
export function loginProblem(error: unknown, host: string, isByToken: boolean): MailProblem {
  const { authenticationFailed, responseText, responseStatus, message = '' } = error as FlowError
  // What it throws without asking the server.
  const takesNone = !responseStatus && /Login is disabled|Unsupported authentication/.test(message)
  if (takesNone)
    return new MailProblem(
      'login',
      isByToken
        ? `${host} lets nobody in by OAuth, but by a password: "luca mail add" without --oauth.`
        : `${host} takes no passwords. If it is one of those where people sign in, add the account with --oauth.`,
      { cause: error },
    )
  if (isByToken && authenticationFailed && responseText !== undefined)
    return new MailProblem('login', `${host} refuses who signed in.${quoted(responseText)}`, { cause: error })
  return problemOf(error, host)
}

/** As Gmail, GMX and others say it, in a line with the words about what to do. */
const IMAP_IS_OFF =
  /\bIMAP\b.{0,40}\b(?:disabled|not enabled|turned off|deactivated|not activated)\b|\b(?:enable|activate) IMAP\b/i

const quoted = (text: string): string => ` It says: ${cleanLine(text).slice(0, 200)}`

export const saysNothing = (host: string): MailProblem =>
  new MailProblem(
    'unreachable',
    `${host} takes the connection and says nothing; it may be no server of mail by IMAP: check --port of "luca mail add".`,
  )

/** `sentence` says what could not be done, where the server refuses it. */
export function problemOf(error: unknown, host: string, sentence?: string): MailProblem {
  if (error instanceof MailProblem) return error
  const {
    code = '',
    authenticationFailed,
    serverResponseCode,
    responseText,
    responseStatus,
  } = error as FlowError
  const says = responseText ? quoted(responseText) : ''
  const problem = (kind: MailProblem['problem'], text: string) =>
    new MailProblem(kind, text, { cause: error })
  if (
    serverResponseCode === 'UNAVAILABLE' ||
    serverResponseCode === 'INUSE' ||
    serverResponseCode === 'LIMIT'
  )
    return problem('unreachable', `${host} lets no one in at the moment.${says} Try again later.`)
  if (authenticationFailed && IMAP_IS_OFF.test(responseText ?? ''))
    return problem(
      'login',
      `${host} says that IMAP is turned off for this account: turn it on in its settings there.${says}`,
    )
  if (authenticationFailed) return problem('login', `${host} refuses the name or the password.${says}`)
  if (/^(?:LineTooLarge|LiteralTooLarge|ResponseTooLarge|TooManyTokens)$/.test(code))
    return problem('broken', `${host} sends more at once than a server of mail does, and was stopped.`)
  if (code === 'GREETING_TIMEOUT') return saysNothing(host)
  if (/TIMEOUT/i.test(code))
    return problem('unreachable', `${host} does not answer any more. Try again later.`)
  if (responseStatus === 'NO' || responseStatus === 'BAD')
    return problem('refused', `${sentence ?? `${host} does not do what was asked for.`}${says}`)
  return problem('unreachable', `The connection to ${host} broke off. Try again later.`)
}
