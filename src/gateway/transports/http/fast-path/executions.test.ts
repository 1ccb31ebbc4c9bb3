/** Each request of a connection runs once, and in its order: this reader and node:http behind it, against node:http alone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import { serveFastPath } from './connection.ts'

interface Seen {
  /** What ran, in the order in which it began. */
  ran: string[]
  answers: string[]
}

/** Slow answers, each until it was released as often as its path says: `/3?slow=2`. */
let held: (() => void)[] = []
function release(): void {
  const all = held
  held = []
  for (const go of all) go()
}

const handlerOf = (ran: string[]) => (req: HttpRequest, res: HttpResponse) => {
  ran.push(`${req.method} ${req.url}`)
  const answer = (body: string) => {
    let left = Number(/slow=(\d+)/.exec(req.url ?? '')?.[1] ?? 0)
    const go = () => {
      if (left-- > 0) held.push(go)
      else res.writeHead(200).end(`<${req.url} ${body.length}>`)
    }
    go()
  }
  if ('body' in req) return answer(req.body.toString('latin1'))
  let body = ''
  req.setEncoding('latin1').on('data', (part) => {
    body += part
  })
  req.on('end', () => answer(body))
}

let ran: { mixed: string[]; alone: string[] }
const servers: Record<'mixed' | 'alone', Server> = { mixed: createServer(), alone: createServer() }
before(async () => {
  const handler = (which: 'mixed' | 'alone') => (req: HttpRequest, res: HttpResponse) =>
    handlerOf(ran[which])(req, res)
  servers.mixed.on('request', handler('mixed'))
  servers.alone.on('request', handler('alone'))
  const fastPath = { handle: handler('mixed'), admit: () => true, holds: () => true }
  serveFastPath(servers.mixed, 'connection', fastPath, { idleMs: 60_000, bodyMs: 60_000 })
  for (const server of Object.values(servers)) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
})
after(() => {
  for (const server of Object.values(servers)) server.close().closeAllConnections()
})

interface Piece {
  bytes: string
  /** How many turns of the loop pass before it is sent. */
  turns: number
}

async function ask(which: 'mixed' | 'alone', pieces: Piece[], requests: number): Promise<Seen> {
  ran[which] = []
  const socket = connect({ port: (servers[which].address() as AddressInfo).port, host: '127.0.0.1' })
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let received = ''
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error(`it was closed after ${received}`)))
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk
      if (received.match(/<[^>]*>/g)?.length === requests) resolve()
    })
  })
  for (const { bytes, turns } of pieces) {
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
    // In one turn, so that an answer ends just before more is read.
    release()
    socket.write(bytes, 'latin1')
  }
  let isWhole = false
  const done = whole.finally(() => {
    isWhole = true
  })
  done.catch(() => {})
  while (!isWhole) {
    await new Promise(setImmediate)
    release()
  }
  await done
  // What would run a second time does so within these.
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  socket.removeAllListeners('close').destroy()
  return { ran: ran[which], answers: received.match(/<[^>]*>/g) ?? [] }
}

const head = (first: string, ...lines: string[]) => `${[first, 'Host: a', ...lines].join('\r\n')}\r\n\r\n`
const kinds = {
  plain: (url: string, body: string) => head(`POST ${url} HTTP/1.1`, `Content-Length: ${body.length}`) + body,
  chunks: (url: string, body: string) =>
    `${head(`POST ${url} HTTP/1.1`, 'Transfer-Encoding: chunked')}${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`,
  get: (url: string) => head(`GET ${url} HTTP/1.1`),
  longHeaded: (url: string, body: string) =>
    head(`POST ${url} HTTP/1.1`, `X: ${'y'.repeat(9000)}`, `Content-Length: ${body.length}`) + body,
  longBodied: (url: string) => head(`POST ${url} HTTP/1.1`, 'Content-Length: 70000') + 'z'.repeat(70_000),
} satisfies Record<string, (url: string, body: string) => string>

/** Plain ones come most often, since whatever else ends the fast path for its connection. */
const kind = fc.oneof(
  { weight: 3, arbitrary: fc.constant('plain' as const) },
  { weight: 1, arbitrary: fc.constantFrom('chunks', 'get', 'longHeaded', 'longBodied') },
) as fc.Arbitrary<keyof typeof kinds>
const request = fc.record({
  kind,
  slow: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 })),
  body: fc.string({ unit: fc.constantFrom('a', '\r', '\n', 'G', ' '), maxLength: 20 }),
})
const cut = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  turns: fc.integer({ min: 0, max: 4 }),
})

/** The bytes in pieces: cut at the ends of requests where `whole`, anywhere else too where not. */
function torn(texts: string[], cuts: { share: number; turns: number }[], whole: boolean): Piece[] {
  const ends = texts.map((_, i) => texts.slice(0, i + 1).join('').length)
  const all = texts.join('')
  const at = cuts.map(({ share, turns }) => ({
    at: whole ? (ends[Math.floor(share * (ends.length - 1))] ?? 0) : Math.floor(share * all.length),
    turns,
  }))
  at.sort((a, b) => a.at - b.at)
  const pieces: Piece[] = []
  let from = { at: 0, turns: 0 }
  for (const next of [...at, { at: all.length, turns: 0 }]) {
    pieces.push({ bytes: all.slice(from.at, next.at), turns: from.turns })
    from = next
  }
  return pieces.filter(({ bytes }) => bytes !== '')
}

test('requests in any pieces, pipelined, by the fast path and node:http, run once and in order, as with node:http alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 8 }),
      fc.array(cut, { maxLength: 8 }),
      fc.boolean(),
      async (requests, cuts, whole) => {
        const texts = requests.map((one, i) => kinds[one.kind](`/${i}?slow=${one.slow}`, one.body))
        const pieces = torn(texts, cuts, whole)
        ran = { mixed: [], alone: [] }
        const mixed = await ask('mixed', pieces, requests.length)
        const alone = await ask('alone', pieces, requests.length)
        assert.deepEqual(mixed, alone)
        assert.equal(mixed.ran.length, requests.length)
      },
    ),
    { numRuns: 500 },
  )
})
