/** Clients that do not take what they are given: whatever writes more to them waits, and one that takes nothing at all is ended. */
import type { Socket } from 'node:net'
import type { Drained } from '../call/call.ts'

const waiting = new WeakMap<Socket, Promise<void>>()

/**
 * Settles once the other side has taken what was written to it, or has gone; undefined where it keeps up. One that takes
 * nothing for `stalledMs` is ended.
 */
export function drained(socket: Socket, stalledMs: number): Drained {
  if (!socket.writableNeedDrain || socket.destroyed) return undefined
  let promise = waiting.get(socket)
  if (!promise) {
    promise = new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done)
        waiting.delete(socket)
        resolve()
      }
      socket.on('drain', done).on('close', done)
    })
    waiting.set(socket, promise)
    endIfStalled(socket, stalledMs)
  }
  return promise
}

/** The socket's own timeout sees whatever the other side takes, however little; it is as it was when all was taken. */
function endIfStalled(socket: Socket, stalledMs: number): void {
  const { timeout = 0 } = socket
  const end = () => socket.destroy()
  socket.setTimeout(stalledMs)
  socket.on('timeout', end)
  socket.once('drain', () => {
    socket.off('timeout', end)
    // Unless other code has set it meanwhile.
    if (socket.timeout === stalledMs) socket.setTimeout(timeout)
  })
}
