/** Mail is handed over by SMTP (RFC 6409), by nodemailer, on a connection that was made and checked by this server. */
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import type { Credential } from '../connection/credentials.ts'
import { type MailProblemKind, NotTaken, Unknown } from '../connection/mail-problem.ts'
import { OWN_NAME } from '../connection/start-tls.ts'

export type SmtpLogin = Credential & { host: string; user: string }

export interface SmtpLimits {
  /** How long the server may be silent, in milliseconds: before it greets, and after. It may take minutes to say that it took a mail. */
  greetingMs: number
  silenceMs: number
  /** One reply of it, in bytes. */
  replyBytes: number
}

export const SMTP_LIMITS: Readonly<SmtpLimits> = {
  greetingMs: 15_000,
  silenceMs: 120_000,
  replyBytes: 64 * 1024,
}

export interface Envelope {
  from: string
  to: readonly string[]
}

export interface SmtpSession {
  /**
   * Hands a mail over. `onData` is awaited once the server wants it, before any of it is sent; where it rejects, nothing is. Gives those
   * who are refused, with the server's words. Rejects with NotTaken where it was not taken, and Unknown where nobody can know.
   */
  send(envelope: Envelope, bytes: Buffer, onData: () => Promise<void>): Promise<{ refused: string[] }>
  close(): void
}

/** Logs in. Rejects with NotTaken; the connection is closed then. */
export async function logInToSmtp(
  socket: Socket,
  { host, user, ...credential }: SmtpLogin,
  limits: SmtpLimits = SMTP_LIMITS,
): Promise<SmtpSession> {
  socket.on('error', () => {})
  if (socket.destroyed) throw brokenOff(host)
  const connection = new SMTPConnection({
    host,
    connection: socket,
    secure: true,
    secured: true,
    name: OWN_NAME,
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.silenceMs,
    maxResponseSize: limits.replyBytes,
    socketCloseTimeout: GOODBYE_MS,
    ...('accessToken' in credential && {
      customAuth: { [BY_TOKEN]: ({ sendCommand }) => byToken(sendCommand, user, credential.accessToken) },
    }),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject).once('end', () => reject(brokenOff(host)))
      connection.connect((error) => (error ? reject(error) : resolve()))
    })
    if (connection.allowsAuth)
      await new Promise<void>((resolve, reject) => {
        connection.on('error', reject).once('end', () => reject(brokenOff(host)))
        connection.login(
          'password' in credential ? { user, pass: credential.password } : { method: BY_TOKEN, user },
          (error) => (error ? reject(error) : resolve()),
        )
      })
  } catch (error) {
    connection.close()
    throw notTaken(error, host, 'accessToken' in credential ? 'who signed in' : 'the name or the password')
  }
  return {
    send: (envelope, bytes, onData) => handOver(connection, host, envelope, bytes, onData),
    close: () => connection.close(),
  }
}

const GOODBYE_MS = 1000
/** Under its own name, nodemailer takes it for whatever the server names first, unless it is to fetch tokens itself. */
const BY_TOKEN = 'X-TOKEN'

/** https://developers.google.com/workspace/gmail/imap/xoauth2-protocol: a server that refuses says why first. Rejects for that. */
async function byToken(
  sendCommand: (command: string) => Promise<{ status: number }>,
  user: string,
  token: string,
): Promise<void> {
  const shown = Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`).toString('base64')
  const { status } = await sendCommand(`AUTH XOAUTH2 ${shown}`)
  if (status === 235) return
  if (status === 334) await sendCommand('')
  throw new Error('The access token is refused.')
}

async function handOver(
  connection: SMTPConnection,
  host: string,
  { from, to }: Envelope,
  bytes: Buffer,
  onData: () => Promise<void>,
): Promise<{ refused: string[] }> {
  /** Whether its end may have left: a server has nothing of a mail without. */
  let isWhole = false
  let stopped: unknown
  async function* all(): AsyncGenerator<Buffer> {
    try {
      await onData()
    } catch (error) {
      stopped = error
      connection.close()
      throw error
    }
    yield bytes
    isWhole = true
  }
  try {
    const { rejectedErrors = [] } = await new Promise<{ rejectedErrors?: ReplyError[] | undefined }>(
      (resolve, reject) => {
        connection.on('error', reject).once('end', () => reject(brokenOff(host)))
        connection.send({ from, to: [...to], size: bytes.length }, Readable.from(all()), (error, info) =>
          error ? reject(error) : resolve(info ?? {}),
        )
      },
    )
    return {
      refused: rejectedErrors.map(({ recipient = '', response }) => `${recipient} (${said(response)})`),
    }
  } catch (error) {
    if (stopped !== undefined) throw stopped
    // With a reply, it is known what became of it.
    if (isWhole && (error as ReplyError).responseCode === undefined)
      throw new Unknown(`${host} broke off before it said whether it took the email.`, { cause: error })
    throw notTaken(error, host)
  }
}

/** What nodemailer rejects with. */
interface ReplyError extends Error {
  code?: string | undefined
  responseCode?: number | undefined
  response?: string | undefined
  recipient?: string | undefined
}

const said = (response = ''): string => cleanLine(response).slice(0, 300)

const brokenOff = (host: string): NotTaken =>
  new NotTaken('unreachable', `The connection to ${host} broke off.`, { isTemporary: true })

/** `shown` is what it may refuse at the login. */
function notTaken(error: unknown, host: string, shown = 'who logs in'): NotTaken {
  if (error instanceof NotTaken) return error
  const { code = '', responseCode, response } = error as ReplyError
  const says = response ? ` It says: ${said(response)}` : ''
  const isTemporary =
    responseCode === undefined ? code !== 'EAUTH' && code !== 'EMESSAGE' : responseCode < 500
  const problem = (kind: MailProblemKind, sentence: string) =>
    new NotTaken(kind, sentence, { isTemporary, cause: error })
  if (code === 'EAUTH')
    return isTemporary
      ? problem('unreachable', `${host} lets no one in at the moment.${says}`)
      : problem('login', `${host} refuses ${shown} for sending.${says}`)
  if (code === 'EMESSAGE' && responseCode === undefined)
    return problem('refused', `This email is larger than ${host} takes.`)
  if (responseCode !== undefined)
    return problem('refused', `${host} does not take this email${isTemporary ? ' now' : ''}.${says}`)
  if (code === 'EENVELOPE') return problem('refused', `${host} can't be told these recipients.`)
  if (code === 'EPROTOCOL') return problem('broken', `${host} is no server that mail can be sent by.${says}`)
  if (code === 'ETIMEDOUT') return problem('unreachable', `${host} does not answer.`)
  return brokenOff(host)
}
