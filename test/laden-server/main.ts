/** A server with as much to tell as a real one: its results are long lists and long texts. */
import { createServer, type Socket } from 'node:net'

interface Incoming {
  id?: number
  method: string
  params?: { name?: string; arguments?: Record<string, unknown> }
}

/** So many entries a list has, and lines a text. */
const MANY = 20_000

const RESULTS: Readonly<Record<string, () => object>> = {
  list_all: () => ({
    entries: Array.from({ length: MANY }, (_, i) => ({ id: i, title: `漢字 entry ${i}`, tags: ['a', 'b'] })),
  }),
}
const text = (): string => Array.from({ length: MANY }, (_, i) => `line ${i} é̂ 漢字`).join('\n')

function answer(socket: Socket, { id, params }: Incoming): void {
  const structured = RESULTS[params?.name ?? '']?.()
  const said = structured ? JSON.stringify(structured) : params?.name === 'read_all' ? text() : 'done'
  const result = {
    resultType: 'complete',
    content: [{ type: 'text', text: said }],
    ...(structured ? { structuredContent: structured } : {}),
  }
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
}

createServer((socket) => {
  let held = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    held += chunk
    const lines = held.split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) {
      const request = JSON.parse(line) as Incoming
      if (request.method === 'tools/call') answer(socket, request)
    }
  })
}).listen({ fd: 3 })
