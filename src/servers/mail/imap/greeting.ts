/** Whether a server speaks IMAP at all: one of the web, or one that mail is sent by, says something else, or nothing. */
import type { Socket } from 'node:net'
import { cleanLine } from '../../../protocol/foreign-text.ts'
import { MailProblem } from '../connection/mail-problem.ts'
import { saysNothing } from './refusals.ts'

/** What is told of what it says, in bytes. */
const MAX_TOLD = 100

/**
 * Rejects with a MailProblem where what a server says first is no greeting (RFC 9051, section 7.1), or does not come for so long; the
 * connection is closed then. What it says is left to be read.
 */
export async function mustGreet(socket: Socket, host: string, withinMs: number): Promise<void> {
  const first = await firstOf(socket, withinMs)
  if (first?.[0] === STAR) return void socket.unshift(first)
  socket.destroy()
  if (first === 'silence') throw saysNothing(host)
  if (first === undefined) throw new MailProblem('unreachable', `${host} closed the connection.`)
  const said = cleanLine(first.toString('latin1', 0, MAX_TOLD).split('\n')[0] ?? '')
  throw new MailProblem(
    'broken',
    `${host} is no server of mail by IMAP: check --host and --port of "luca mail add". It says: ${said}`,
  )
}

const STAR = '*'.charCodeAt(0)

/** What comes first; undefined where the connection ends before. */
function firstOf(socket: Socket, withinMs: number): Promise<Buffer | 'silence' | undefined> {
  return new Promise((resolve) => {
    const over = (first: Buffer | 'silence' | undefined) => {
      clearTimeout(timer)
      socket.off('readable', read).off('close', gone)
      resolve(first)
    }
    const gone = () => over(undefined)
    const read = () => {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) over(chunk)
    }
    const timer = setTimeout(() => over('silence'), withinMs)
    socket.on('readable', read).once('close', gone)
    read()
  })
}
