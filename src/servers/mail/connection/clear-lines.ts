/** What a server says before the connection is encrypted. */
import type { Socket } from 'node:net'
import { MailProblem } from './mail-problem.ts'

/** The longest line that is read in clear text, in bytes; a greeting has some hundred. */
const MAX_LINE = 8192
/** For all that is said before the connection is encrypted, in milliseconds. */
const CLEAR_MS = 15_000

/** Lines of a connection that is not encrypted yet, one at a time. */
export class ClearLines {
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
