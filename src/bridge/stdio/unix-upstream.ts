import { connect } from 'node:net'
import { MessageReader } from '../../protocol/message-reader.ts'
import { NeedsAttention, type OpenUpstream } from './upstream.ts'

/** Connects to gateway.sock, where the kernel says who is calling. */
export const unixUpstream =
  (path: string): OpenUpstream =>
  (handlers, signal) => {
    let reason = new Error('the gateway closed the connection')
    const socket = connect({ path, signal })
    const reader = new MessageReader({
      onText: (text) => handlers.onText(text),
      onRefused: ({ message }) =>
        socket.destroy(new Error(`the gateway sent something unreadable: ${message}`)),
    })
    socket.once('connect', () =>
      handlers.onOpen({
        send: (text) => void socket.write(`${text}\n`),
        get unsentBytes() {
          return socket.writableLength
        },
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        close: () => void socket.destroy(),
      }),
    )
    socket.on('data', (chunk: Buffer) => reader.push(chunk))
    socket.on('drain', () => handlers.onDrained())
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      reason =
        cause.code === 'EACCES'
          ? new NeedsAttention(`you may not use ${path}; join the group of that socket`, { cause })
          : cause
    })
    socket.once('close', () => handlers.onClosed(reason))
  }
