/** Servers for tests of the way out, on loopback, and a way out that takes 127.0.0.1 for public. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { addressClass } from '../address-class.ts'
import { createOutward, type Outward, type OutwardOptions } from '../outward.ts'

export interface TestServer {
  port: number
  /** How many connections it has had. */
  connections(): number
  [Symbol.asyncDispose](): Promise<void>
}

/** Answers at 127.0.0.1, or at the address given, at the port given or any. */
export function webServer(
  answer: RequestListener,
  {
    tls,
    at = '127.0.0.1',
    port = 0,
  }: { tls?: { key: string; cert: string }; at?: string; port?: number } = {},
): Promise<TestServer> {
  return listening(tls ? createSecureServer(tls, answer) : createServer(answer), at, port)
}

export async function listening(server: Server, at = '127.0.0.1', port = 0): Promise<TestServer> {
  const accepted: Socket[] = []
  server.on('connection', (socket) => accepted.push(socket))
  server.listen(port, at)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => accepted.length,
    async [Symbol.asyncDispose]() {
      for (const socket of accepted) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Takes 127.0.0.1 alone for public, and every name for its. */
export function outwardToLoopback(options: Partial<OutwardOptions> = {}): Outward & Disposable {
  const outward = createOutward({
    setting: '"hosts" in test.yaml',
    resolve: async () => ['127.0.0.1'],
    classify: (address) => (address === '127.0.0.1' ? 'public' : addressClass(address)),
    ...options,
  })
  return { ...outward, [Symbol.dispose]: () => outward.close() }
}

/** What a failure of the way out must be: its kind, and what its sentence says. */
export const failsWith = (failure: string, message: RegExp) => ({ name: 'OutwardError', failure, message })
