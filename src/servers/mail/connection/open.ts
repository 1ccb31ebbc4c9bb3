/**
 * An encrypted connection to a server of mail. STARTTLS (RFC 8314; of IMAP RFC 9051, section 6.2.1) is agreed on here, before any library
 * sees the connection: what came before it in clear text can't reach what comes after.
 */
import type { Socket } from 'node:net'
import { type Outward, OutwardError } from '../../../host/outward/outward.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import type { ServerAddress } from '../accounts/account.ts'
import { MailProblem } from './mail-problem.ts'

/** The longest line that is read in clear text, in bytes; a greeting has some hundred. */
const MAX_LINE = 8192
/** What a server may say before it answers, in lines. */
const MAX_UNTAGGED = 20
/** For all that is said before the connection is encrypted, in milliseconds. */
const CLEAR_MS = 15_000

/** A connection whose next line is the server's greeting. Throws a MailProblem, or the signal's reason. */
export async function openImap(
  outward: Outward,
  address: Pick<ServerAddress, 'host' | 'port' | 'security' | 'pin'>,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, security, pin } = address
  try {
    const tls = pin === undefined ? true : { pin }
    if (security === 'tls') return await outward.connect(host, port, { tls, signal })
    return await upgraded(await outward.connect(host, port, { tls: false, signal }), outward, address, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (pin === undefined && error instanceof OutwardError && error.failure === 'untrusted')
      throw await untrusted(error, outward, address, signal)
    throw explained(error, address)
  }
}

/** With the fingerprint that it has, which its owner may trust. */
async function untrusted(
  error: OutwardError,
  outward: Outward,
  address: Pick<ServerAddress, 'host' | 'port' | 'security'>,
  signal: AbortSignal,
): Promise<MailProblem> {
  const shown = await openImap(outward, { ...address, pin: NONE }, signal).catch(
    (problem: unknown) => problem,
  )
  const [, fingerprint] = /fingerprint ([0-9A-F:]+)/.exec(shown instanceof Error ? shown.message : '') ?? []
  const own =
    fingerprint === undefined
      ? ''
      : ` If this is a server of your own, compare this fingerprint there, and add "--pin ${fingerprint}" to "luca mail add".`
  return new MailProblem('certificate', `${error.message}${own}`, { cause: error })
}

/** A fingerprint that no certificate has. */
const NONE = '0'

async function upgraded(
  socket: Socket,
  outward: Outward,
  { host, pin }: Pick<ServerAddress, 'host' | 'pin'>,
  signal: AbortSignal,
): Promise<Socket> {
  // Between two lines nobody else listens.
  socket.on('error', () => {})
  try {
    const lines = new ClearLines(socket, signal)
    const greeting = await lines.next()
    if (!/^\* (?:OK|PREAUTH)\b/i.test(greeting)) throw unwilling(host, greeting)
    // Who is let in before TLS may be anyone (RFC 9051, section 11.1).
    if (/^\* PREAUTH\b/i.test(greeting))
      throw unwilling(host, 'it lets everyone in before the connection is encrypted')
    socket.write('tls STARTTLS\r\n')
    let answer = await lines.next()
    for (let untagged = 0; answer.startsWith('* '); untagged++) {
      if (untagged === MAX_UNTAGGED) throw new MailProblem('broken', 'It does not come to an answer.')
      answer = await lines.next()
    }
    if (!/^tls OK\b/i.test(answer)) throw unwilling(host, answer)
    lines.end()
    const secure = await outward.startTls(socket, host, { pin, signal })
    // A server greets once, and libraries wait for it.
    secure.unshift(Buffer.from('* OK\r\n'))
    return secure
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Lines of a connection that is not encrypted yet, one at a time. */
class ClearLines {
  readonly #socket: Socket
  readonly #signal: AbortSignal
  readonly #until: AbortSignal
  #received = Buffer.alloc(0)

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#signal = signal
    this.#until = AbortSignal.any([signal, AbortSignal.timeout(CLEAR_MS)])
  }

  async next(): Promise<string> {
    while (true) {
      const end = this.#received.indexOf('\n')
      if (end !== -1) {
        const line = this.#received.subarray(0, end).toString('latin1').trimEnd()
        this.#received = this.#received.subarray(end + 1)
        return line
      }
      if (this.#received.length > MAX_LINE) throw new MailProblem('broken', 'A line of it does not end.')
      this.#received = Buffer.concat([this.#received, await this.#chunk(this.#until)])
    }
  }

  /** Throws where more has come than was read: someone put it there, to be read as if it had been encrypted. */
  end(): void {
    if (this.#received.length > 0 || this.#socket.readableLength > 0)
      throw new MailProblem('broken', 'More came before the connection was encrypted than a server sends.')
  }

  #chunk(until: AbortSignal): Promise<Buffer> {
    const socket = this.#socket
    return new Promise((resolve, reject) => {
      const over = (act: () => void) => {
        socket.off('readable', read).off('error', fail).off('close', gone)
        until.removeEventListener('abort', stop)
        act()
      }
      const read = () => {
        const chunk = socket.read() as Buffer | null
        if (chunk !== null) over(() => resolve(chunk))
      }
      const fail = (error: Error) => over(() => reject(error))
      const gone = () => over(() => reject(new MailProblem('unreachable', 'It closed the connection.')))
      const stop = () =>
        over(() =>
          reject(
            this.#signal.aborted ? this.#signal.reason : new MailProblem('unreachable', 'It says nothing.'),
          ),
        )
      if (until.aborted) return stop()
      socket.on('readable', read).once('error', fail).once('close', gone)
      until.addEventListener('abort', stop, { once: true })
      read()
    })
  }
}

const unwilling = (host: string, said: string): MailProblem =>
  new MailProblem('refused', `${host} does not encrypt this connection: ${cleanLine(said).slice(0, 200)}.`)

function explained(error: unknown, { host }: Pick<ServerAddress, 'host'>): unknown {
  if (error instanceof MailProblem)
    return error.message.startsWith(host)
      ? error
      : new MailProblem(error.problem, `${host} is no server of mail that can be used. ${error.message}`, {
          cause: error,
        })
  if (!(error instanceof OutwardError)) return error
  return new MailProblem(error.failure === 'untrusted' ? 'certificate' : 'unreachable', error.message, {
    cause: error,
  })
}
