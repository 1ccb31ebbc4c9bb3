/** A server by hand, for what no server of ours would do: JSON texts in lines over an inherited socket. */
import { createServer, type Socket } from 'node:net'
import { METHOD } from '../../src/protocol/mcp.ts'

export interface Incoming<Arguments = Record<string, unknown>> {
  id?: number
  method: string
  params?: { name?: string; arguments?: Arguments; _meta?: Record<string, unknown> }
}

/** Says that it has started, and gives every call of a tool to `answer`; nothing else is answered. */
export function serveLines<Arguments>(answer: (socket: Socket, call: Incoming<Arguments>) => void): void {
  createServer((socket) => {
    let held = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      held += chunk
      const lines = held.split('\n')
      held = lines.pop() ?? ''
      for (const line of lines) {
        const request = JSON.parse(line) as Incoming<Arguments>
        if (request.method === METHOD.discover)
          socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, result: {} })}\n`)
        if (request.method === METHOD.callTool) answer(socket, request)
      }
    })
  }).listen({ fd: 3 })
}
