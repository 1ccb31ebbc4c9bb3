/** A server that misbehaves in every way that it is asked to, for tests of the gateway. */
import { createServer, type Socket } from 'node:net'

interface Incoming {
  id?: number
  method: string
  params?: { name?: string; arguments?: { ms?: number } }
}

const answers: Record<string, (socket: Socket, request: Incoming) => void> = {
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
  leak: (socket, { id, params }) => reply(socket, id, params),
}

function reply(socket: Socket, id: number | undefined, value: unknown): void {
  const result = { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(value ?? null) }] }
  if (!socket.destroyed) socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
}

const server = createServer((socket) => {
  let held = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    held += chunk
    const lines = held.split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) {
      const request = JSON.parse(line) as Incoming
      if (request.method === 'tools/call') answers[request.params?.name ?? '']?.(socket, request)
    }
  })
})
server.listen({ fd: 3 })
