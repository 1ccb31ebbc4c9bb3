/** A server by hand, for what no server of ours would do: JSON texts in lines over an inherited socket. */
import { createServer, type Socket } from 'node:net'

export interface Incoming<Arguments = Record<string, unknown>> {
  id?: number
  method: string
  params?: { name?: string; arguments?: Arguments; _meta?: Record<string, unknown> }
}

/** Gives every call of a tool to `answer`, and nothing else. */
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
        if (request.method === 'tools/call') answer(socket, request)
      }
    })
  }).listen({ fd: 3 })
}
