/** Endpoints behind a real server of node:http, for tests, and a gate whose calls the test answers. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { METHOD, type Result } from '../../../../protocol/mcp.ts'
import type { Gate, Inbound, Principal } from '../../../call/call.ts'
import { Memory } from '../../../call/memory.ts'
import { sendRpcError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'

/** Waits for a condition, for 10 seconds at most. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const late = AbortSignal.timeout(10_000)
  while (!(await isSo())) {
    if (late.aborted) throw new Error(`It did not come to pass that ${what}.`)
    await new Promise(setImmediate)
  }
}

/** Never answers: it ends with its caller. */
export const untilAborted = ({ signal }: Inbound): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

/** Someone of that name, with one token. */
export const principalOf = (user: string): Principal => ({ id: `token:${user}`, user }) as Principal

export interface TestGate extends Gate {
  /** What was asked so far, but for what sessions listen to by themselves. */
  asked: Inbound[]
  ended: string[]
}

/** There is one server, `fs`. What a session listens to by itself lasts as long as the session. */
export function gateOf(answer: (inbound: Inbound) => Promise<Result> | Result): TestGate {
  const asked: Inbound[] = []
  const ended: string[] = []
  return {
    memory: new Memory({ perCallerBytes: 32 * 1024 * 1024, inAllBytes: 64 * 1024 * 1024 }),
    stalledMs: 60_000,
    asked,
    ended,
    hasServer: (name: string) => name === 'fs',
    mirroredHeaders: () => [],
    sessionEnded: (session: string) => ended.push(session),
    onDecided: () => () => {},
    async run(inbound: Inbound) {
      if (inbound.session !== undefined && inbound.method === METHOD.listen) return untilAborted(inbound)
      if (inbound.method === METHOD.discover && inbound.session !== undefined)
        return { resultType: 'complete', capabilities: { tools: {} } }
      asked.push(inbound)
      return answer(inbound)
    },
  } as unknown as TestGate
}

export interface Serving {
  url: string
  server: Server
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves one endpoint at any path, whose second part is the name in it. The header `x-user` says who asks; what is thrown
 * is answered in JSON-RPC's shape.
 */
export async function serving(gate: Gate, endpoint: (exchange: Exchange) => unknown): Promise<Serving> {
  const server = createServer(async (req, res) => {
    const { pathname, search } = new URL(req.url ?? '', 'http://localhost')
    try {
      await endpoint({
        gate,
        req,
        res,
        principal: principalOf(String(req.headers['x-user'] ?? 'ann')),
        query: search.slice(1),
        name: pathname.split('/')[2] ?? '',
      })
    } catch (error) {
      sendRpcError(res, error)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Messages of a stream of events as they come; what has no data is left out. */
export async function* eventsOf({
  body,
}: Response): AsyncGenerator<{ id?: string; event?: string; data: string }> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of body as ReadableStream<Uint8Array>) {
    text += decoder.decode(part, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .filter((line) => !line.startsWith(':') && line !== '')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      )
      text = text.slice(end + 2)
      if (fields.data !== undefined) yield fields as { data: string }
    }
  }
}
