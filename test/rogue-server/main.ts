/** A server that misbehaves in every way that it is asked to, for tests of the gateway. */
import type { Socket } from 'node:net'
import { META, NOTIFICATION } from '../../src/protocol/mcp.ts'
import { type Incoming, serveLines } from '../support/line-server.ts'

type CallRequest = Incoming<{ ms?: number; bytes?: number }>

const answers: Record<string, (socket: Socket, request: CallRequest) => void> = {
  echo: (socket, { id, params }) => reply(socket, id, params?.arguments),
  slow: (socket, { id, params }) =>
    setTimeout(() => reply(socket, id, 'slow'), params?.arguments?.ms ?? 1000),
  garbage: (socket) => socket.write('this is no JSON\n'),
  binary: (socket) => socket.write(Buffer.from([0xff, 0xfe, 0x80, 0x0a])),
  wrong_id: (socket, { id }) => reply(socket, (id ?? 0) + 100_000, 'for somebody else'),
  scalar_result: (socket, { id }) => socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: 7 })}\n`),
  never: () => {},
  hang_up: (socket) => socket.destroy(),
  die: () => process.kill(process.pid, 'SIGKILL'),
  long: (socket, { id, params }) => reply(socket, id, 'x'.repeat(params?.arguments?.bytes ?? 0)),
  deep: (socket, { id }) =>
    socket.write(`{"jsonrpc":"2.0","id":${id},"result":{"x":${'['.repeat(200)}${']'.repeat(200)}}}\n`),
  chatty: chatter,
  told: (socket, call) => {
    chatter(socket, call)
    reply(socket, call.id, 'told')
  },
  deaf: (socket) => socket.pause(),
  leak: (socket, { id, params }) => reply(socket, id, params),
}

function reply(socket: Socket, id: number | undefined, value: unknown): void {
  const result = { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(value ?? null) }] }
  if (!socket.destroyed) socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
}

/** Tells of its progress in so many words that its caller must read a lot, and never ends. */
function chatter(socket: Socket, { id, params }: CallRequest): void {
  const progressToken = params?._meta?.progressToken
  const message = 'x'.repeat(1024 * 1024)
  for (let progress = 1; progress <= (params?.arguments?.bytes ?? 0) / message.length; progress++) {
    const notice = { progressToken, progress, message, _meta: { [META.requestId]: id } }
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: NOTIFICATION.progress, params: notice })}\n`)
  }
}

serveLines((socket, call: CallRequest) => answers[call.params?.name ?? '']?.(socket, call))
