/** How a server of mail is asked to encrypt the connection: of IMAP RFC 9051, section 6.2.1; of SMTP RFC 3207. */
import type { Socket } from 'node:net'
import type { ClearLines } from './clear-lines.ts'
import { MailProblem } from './mail-problem.ts'

export type MailProtocol = 'imap' | 'smtp'

/** Resolves where TLS begins next. Rejects with what `unwilling` makes of the words of a server that does not encrypt, or a MailProblem. */
type StartTls = (lines: ClearLines, socket: Socket, unwilling: (said: string) => Error) => Promise<void>

interface Protocol {
  startTls: StartTls
  /** What a server of it greets with. */
  greeting: string
}

/** What a server may say before it answers, in lines. */
const MAX_LINES = 50
/** Who we are, to a server that is told by nobody else (RFC 5321, section 4.1.4). */
export const OWN_NAME = '[127.0.0.1]'

const imap: StartTls = async (lines, socket, unwilling) => {
  const greeting = await lines.next()
  if (!/^\* (?:OK|PREAUTH)\b/i.test(greeting)) throw unwilling(greeting)
  // Who is let in before TLS may be anyone (RFC 9051, section 11.1).
  if (/^\* PREAUTH\b/i.test(greeting))
    throw unwilling('it lets everyone in before the connection is encrypted')
  socket.write('tls STARTTLS\r\n')
  let answer = await lines.next()
  for (let untagged = 0; answer.startsWith('* '); untagged++) {
    if (untagged === MAX_LINES) throw endless()
    answer = await lines.next()
  }
  if (!/^tls OK\b/i.test(answer)) throw unwilling(answer)
}

const smtp: StartTls = async (lines, socket, unwilling) => {
  const greeting = await reply(lines)
  if (!greeting.startsWith('220')) throw unwilling(greeting)
  socket.write(`EHLO ${OWN_NAME}\r\n`)
  const offers = await reply(lines)
  if (!/^250[- ]STARTTLS\b/im.test(offers)) throw unwilling('it offers no STARTTLS')
  socket.write('STARTTLS\r\n')
  const answer = await reply(lines)
  if (!answer.startsWith('220')) throw unwilling(answer)
}

/** All lines of a reply (RFC 5321, section 4.2.1). */
async function reply(lines: ClearLines): Promise<string> {
  const all = []
  for (let isMore = true; isMore; ) {
    if (all.length === MAX_LINES) throw endless()
    const line = await lines.next()
    all.push(line)
    isMore = /^\d{3}-/.test(line)
  }
  return all.join('\n')
}

const endless = (): MailProblem => new MailProblem('broken', 'It does not come to an answer.')

export const PROTOCOLS: Readonly<Record<MailProtocol, Protocol>> = {
  imap: { startTls: imap, greeting: '* OK\r\n' },
  smtp: { startTls: smtp, greeting: '220 ready\r\n' },
}
