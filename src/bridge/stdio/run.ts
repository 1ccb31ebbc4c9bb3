/** A bridge on a process's own streams, until the client goes. */
import type { Readable, Writable } from 'node:stream'
import { visible } from '../../command/output.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import { Bridge } from './bridge.ts'
import { Outlet } from './outlet.ts'
import type { Target } from './target.ts'

export interface Streams {
  stdin: Readable
  stdout: Writable
  stderr: Writable
}

export const DEFAULT_WAIT_MS = 60_000
/** How long answers in flight have after stdin has ended, in milliseconds. */
const LAST_ANSWERS_MS = 10_000
/** What the client may leave unread before the gateway is no longer read, in characters. */
const MAX_UNREAD = 4 * 1024 * 1024

/**
 * Relays until stdin ends (answers in flight may leave), stdout closes or the signal aborts. `waitMs` is how long
 * requests wait for a gateway.
 */
export async function runBridge(
  { stdin, stdout, stderr }: Streams,
  target: Target,
  signal: AbortSignal,
  waitMs = DEFAULT_WAIT_MS,
): Promise<void> {
  const log = (line: string) => void stderr.write(`luca stdio: ${visible(line)}\n`)
  const outlet = new Outlet(
    stdout,
    () => reader.terminator,
    () => bridge.hold(false),
  )
  const bridge = new Bridge({
    target,
    log,
    waitMs,
    say(message) {
      outlet.write(message)
      if (outlet.queued > MAX_UNREAD) bridge.hold(true)
    },
    onRelief: () => void stdin.resume(),
  })
  const reader = new MessageReader({
    onText: (text) => bridge.receive(text),
    onRefused: (error) => bridge.refuse(error),
  })
  const onData = (chunk: Buffer) => {
    reader.push(chunk)
    if (bridge.isCongested) stdin.pause()
  }
  if (target.warning) log(target.warning)
  bridge.start()
  stdin.on('data', onData)
  const gone = Promise.race([happens(stdout, 'close', 'error'), aborted(signal)])
  await Promise.race([happens(stdin, 'end', 'close', 'error'), gone])
  const late = new AbortController()
  const enough = setTimeout(() => late.abort(), LAST_ANSWERS_MS)
  await Promise.race([bridge.settled().then(() => outlet.flushed()), gone, aborted(late.signal)])
  clearTimeout(enough)
  bridge.close()
  stdin.off('data', onData)
  stdin.destroy()
}

const happens = (stream: Readable | Writable, ...events: string[]): Promise<void> =>
  new Promise((resolve) => {
    for (const event of events) stream.on(event, () => resolve())
  })

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
