import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { readFastPathHead } from './head.ts'

const head = (...lines: string[]) => ['POST /mcp HTTP/1.1', ...lines].map((line) => `${line}\r\n`).join('')

test('a plain head is read', () => {
  const { method, url, headers, rawHeaders, length } =
    readFastPathHead(head('Host: a:1', 'X-Empty:', 'Accept:\t a, b ;q=1 \t', 'content-LENGTH: 12')) ?? {}
  assert.deepEqual([method, url, length], ['POST', '/mcp', 12])
  assert.deepEqual(
    { ...headers },
    { host: 'a:1', 'x-empty': '', accept: 'a, b ;q=1', 'content-length': '12' },
  )
  assert.deepEqual(rawHeaders?.slice(0, 4), ['Host', 'a:1', 'X-Empty', ''])
})

test('a wish for another protocol is ignored', () => {
  for (const connection of ['Upgrade, HTTP2-Settings', 'upgrade', 'keep-alive, Upgrade'])
    assert.equal(
      readFastPathHead(
        head('Content-Length: 3', `Connection: ${connection}`, 'Upgrade: h2c', 'HTTP2-Settings: AAMA'),
      )?.length,
      3,
    )
})

const LEFT: [string, string][] = [
  ['another method', head('content-length: 1').replace('POST', 'GET')],
  ['another version', head('content-length: 1').replace('1.1', '1.0')],
  ['a whole address', head('content-length: 1').replace('/mcp', 'http://a/mcp')],
  ['a space in the path', head('content-length: 1').replace('/mcp', '/m cp')],
  ['no length', head('host: a')],
  ['a length twice', head('content-length: 1', 'content-length: 1')],
  ['two lengths', head('content-length: 1, 1')],
  ['a length that is no number', head('content-length: 1x')],
  ['a length with a sign', head('content-length: +1')],
  ['a length in another base', head('content-length: 0x1')],
  ['an endless length', head('content-length: 99999999')],
  ['chunks', head('transfer-encoding: chunked')],
  ['chunks and a length', head('content-length: 1', 'transfer-encoding: chunked')],
  ['an expectation', head('content-length: 1', 'expect: 100-continue')],
  ['a connection that is to end after all', head('content-length: 1', 'connection: upgrade, close')],
  ['a connection that is to end', head('content-length: 1', 'connection: close')],
  ['any header twice', head('content-length: 1', 'host: a', 'Host: b')],
  ['a folded line', head('content-length: 1', 'x: a', ' b')],
  ['a space before the colon', head('content-length : 1')],
  ['no colon', head('content-length: 1', 'x')],
  ['no name', head('content-length: 1', ': x')],
  ['a bare line feed', head('content-length: 1').replace('\r\n', '\n')],
  ['a control character', head('content-length: 1', 'x: a\u0000b')],
  ['more than ASCII', head('content-length: 1', 'x: \u00e9')],
]
for (const [what, text] of LEFT)
  test(`${what} is left to node:http`, () => {
    assert.equal(readFastPathHead(text), undefined)
  })

/** node:http as the judge: what it makes of the same bytes. */
let judge: Server
let seen: ((req: IncomingMessage) => void) | undefined
before(async () => {
  judge = createServer((req, res) => {
    seen?.(req)
    res.end()
  })
  judge.listen(0, '127.0.0.1')
  await once(judge, 'listening')
})
after(() => judge.close())

async function judged(bytes: string): Promise<IncomingMessage> {
  const socket = connect((judge.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  const request = new Promise<IncomingMessage>((resolve) => {
    seen = resolve
  })
  socket.write(bytes, 'latin1')
  const req = await Promise.race([request, once(socket, 'close').then(() => assert.fail('it was refused'))])
  socket.destroy()
  return req
}

test('whatever is read here means the same to node:http', async () => {
  const name = fc.constantFrom('Accept', 'x-a', 'Mcp-Name', 'origin', 'COOKIE', "!#$%&'*+-.^_`|~09aZ")
  const value = fc.string({ unit: fc.constantFrom(...'ab ,;:="\\\t()é\u0001/'), maxLength: 12 })
  const space = fc.constantFrom('', ' ', '\t', '  ')
  const line = fc.tuple(name, space, value, space).map(([n, a, v, b]) => `${n}:${a}${v}${b}`)
  const url = fc.string({ unit: fc.constantFrom(...'/ab?&=%2e.#{"é'), maxLength: 12 }).map((u) => `/${u}`)
  let read = 0
  await fc.assert(
    fc.asyncProperty(url, fc.array(line, { maxLength: 4 }), async (path, lines) => {
      const text = head('Host: a', 'Content-Length: 0', ...lines).replace('/mcp', () => path)
      const plain = readFastPathHead(text)
      if (!plain) return
      read++
      const { method, url: judgedUrl, headers, rawHeaders } = await judged(`${text}\r\n`)
      assert.deepEqual(
        [plain.method, plain.url, { ...plain.headers }, plain.rawHeaders],
        [method, judgedUrl, { ...headers }, rawHeaders],
      )
    }),
    { numRuns: 400 },
  )
  assert.ok(read > 50, `${read} were read`)
})
