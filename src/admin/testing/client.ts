/** A helper on a socket of its own, and a client that sends it lines. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Helper, type HelperOptions } from '../helper.ts'
import { type TestMachine, testMachine } from './machine.ts'

export interface Answer {
  id: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every shape
  result?: any
  error?: { code: number; message: string }
}

export interface Client {
  /** Sends one text as it is. */
  send(text: string): void
  call(method: string, params?: unknown): Promise<Answer>
  /** The next answer; undefined once the connection has ended. */
  next(): Promise<Answer | undefined>
  end(): void
}

export interface Served extends AsyncDisposable {
  machine: TestMachine
  helper: Helper
  /** What was logged. */
  lines: Record<string, unknown>[]
  client(uid?: number): Client
}

/** `client(uid)` is taken for that user's; the kernel knows only who runs the test. */
export async function served(options: Partial<HelperOptions> = {}): Promise<Served> {
  const machine = testMachine()
  const lines: Served['lines'] = []
  const uids: number[] = []
  const keep = (fields: object) => void lines.push(fields as Record<string, unknown>)
  const helper = new Helper(machine, {
    log: { info: keep, error: keep },
    uidOf: () => uids.shift() ?? 0,
    ...options,
  })
  const path = join(machine.folder, 'admin.sock')
  await helper.listen({ path })
  const clients: Client[] = []
  return {
    machine,
    helper,
    lines,
    client(uid = 0) {
      uids.push(uid)
      const client = clientOf(path)
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end()
      await helper.stop()
      machine[Symbol.dispose]()
    },
  }
}

function clientOf(path: string): Client {
  const socket = connect(path)
  socket.on('error', () => {})
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  let id = 0
  const next = async () => {
    const { value, done } = await lines.next()
    return done ? undefined : (JSON.parse(value) as Answer)
  }
  return {
    send: (text) => void socket.write(`${text}\n`),
    next,
    async call(method, params = {}) {
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`)
      const answer = await next()
      if (!answer) throw new Error('The connection ended before an answer came.')
      return answer
    },
    end: () => void socket.destroy(),
  }
}
