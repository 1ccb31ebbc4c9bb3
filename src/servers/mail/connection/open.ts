/**
 * An encrypted connection to a server of mail (RFC 8314). STARTTLS is agreed on here, before any library sees the connection: what came
 * before it in clear text can't reach what comes after.
 */
import type { Socket } from 'node:net'
import { type Outward, OutwardError } from '../../../host/outward/outward.ts'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import type { ServerAddress } from '../accounts/account.ts'
import { advised, certificateProblem } from './advice.ts'
import { ClearLines } from './clear-lines.ts'
import { MailProblem } from './mail-problem.ts'
import { type MailProtocol, PROTOCOLS } from './start-tls.ts'

type Address = Pick<ServerAddress, 'host' | 'port' | 'security' | 'pin'>

/** A connection whose next line is the server's greeting. Throws a MailProblem, or the signal's reason. */
export const openImap = (outward: Outward, address: Address, signal: AbortSignal): Promise<Socket> =>
  open(outward, address, 'imap', signal)

/** The same to a server that mail is sent by (RFC 6409). */
export const openSmtp = (outward: Outward, address: Address, signal: AbortSignal): Promise<Socket> =>
  open(outward, address, 'smtp', signal)

async function open(
  outward: Outward,
  address: Address,
  protocol: MailProtocol,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, security, pin } = address
  try {
    const tls = pin === undefined ? true : { pin }
    if (security === 'tls') return await outward.connect(host, port, { tls, signal })
    const socket = await outward.connect(host, port, { tls: false, signal })
    return await upgraded(socket, outward, address, protocol, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (pin === undefined && error instanceof OutwardError && error.failure === 'untrusted')
      throw await untrusted(error, outward, address, protocol, signal)
    throw explained(error, address, protocol)
  }
}

/** With the fingerprint that it has, which its owner may trust. */
async function untrusted(
  error: OutwardError,
  outward: Outward,
  address: Address,
  protocol: MailProtocol,
  signal: AbortSignal,
): Promise<MailProblem> {
  const shown = await open(outward, { ...address, pin: NONE }, protocol, signal).catch(
    (problem: unknown) => problem,
  )
  const [, fingerprint] = /fingerprint ([0-9A-F:]+)/.exec(shown instanceof Error ? shown.message : '') ?? []
  const own =
    fingerprint === undefined
      ? ''
      : ` If this is a server of your own, compare this fingerprint there, and add "${PIN_OPTIONS[protocol]} ${fingerprint}" to "luca mail add".`
  return new MailProblem('certificate', `${certificateProblem(error, address.host)}${own}`, { cause: error })
}

const PIN_OPTIONS: Readonly<Record<MailProtocol, string>> = { imap: '--pin', smtp: '--smtp-pin' }

/** A fingerprint that no certificate has. */
const NONE = '0'

async function upgraded(
  socket: Socket,
  outward: Outward,
  { host, pin }: Pick<ServerAddress, 'host' | 'pin'>,
  protocol: MailProtocol,
  signal: AbortSignal,
): Promise<Socket> {
  // Between two lines nobody else listens.
  socket.on('error', () => {})
  const { startTls, greeting } = PROTOCOLS[protocol]
  try {
    const lines = new ClearLines(socket, signal)
    await startTls(lines, socket, (said) => unwilling(host, said))
    lines.end()
    const secure = await outward.startTls(socket, host, { pin, signal })
    // A server greets once, and libraries wait for it.
    secure.unshift(Buffer.from(greeting))
    return secure
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const unwilling = (host: string, said: string): MailProblem =>
  new MailProblem(
    'refused',
    `${host} does not encrypt this connection: ${cleanLine(said).slice(0, 200)}. Add the account without --starttls, with the port for TLS.`,
  )

function explained(error: unknown, address: Address, protocol: MailProtocol): unknown {
  const { host } = address
  if (error instanceof MailProblem)
    return error.message.startsWith(host)
      ? error
      : new MailProblem(error.problem, `${host} is no server of mail that can be used. ${error.message}`, {
          cause: error,
        })
  if (!(error instanceof OutwardError)) return error
  const options = { cause: error }
  return error.failure === 'untrusted'
    ? new MailProblem(
        'certificate',
        `${error.message} If it was renewed, compare this fingerprint there, and give it with ${PIN_OPTIONS[protocol]} of "luca mail add".`,
        options,
      )
    : new MailProblem('unreachable', advised(error, address), options)
}
