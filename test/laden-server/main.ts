/** A server with as much to tell as a real one: its results are long lists and long texts. */
import type { Socket } from 'node:net'
import { type Incoming, serveLines } from '../support/line-server.ts'

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

serveLines(answer)
