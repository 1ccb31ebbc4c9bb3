/** What every request over HTTP meets, byte by byte: how it is read, refused and ended, by the real gateway. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { startBareGateway } from './support/bare-gateway.ts'
import { envelope, headersOf, post, send } from './support/http.ts'
import { startRogueAppliance } from './support/rogue-appliance.ts'

let a: Appliance
before(async () => {
  a = await startRogueAppliance()
})
after(() => a?.stop())

const body = (name = 'rogue_echo', args: object = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: envelope },
  })
const lines = (headers: Record<string, string>) =>
  Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
const call = (text = body(), more: Record<string, string> = {}, name = 'rogue_echo', token = a.token) =>
  [
    'POST /mcp HTTP/1.1\r\n',
    ...lines({
      ...headersOf(token, 'tools/call', name),
      'Content-Length': String(Buffer.byteLength(text)),
      ...more,
    }),
    `\r\n${text}`,
  ].join('')

class Raw {
  readonly socket: Socket
  text = ''
  constructor(options: { allowHalfOpen?: boolean } = {}) {
    this.socket = connect({ port: Number(new URL(a.origin).port), host: '127.0.0.1', ...options })
    this.socket.on('error', () => {}).setEncoding('latin1')
    this.socket.on('data', (chunk) => {
      this.text += chunk
    })
  }
  /** Sends this, and gives all that came once the gateway has ended the connection. */
  async toTheEnd(bytes: string): Promise<string> {
    const closed = once(this.socket, 'close')
    this.socket.write(bytes)
    const timer = setTimeout(() => assert.fail(`it is still open after ${this.text}`), 10_000)
    await closed.finally(() => clearTimeout(timer))
    return this.text
  }
  async until(pattern: RegExp): Promise<string> {
    await until(`${pattern} came; there is ${this.text}`, () => pattern.test(this.text))
    return this.text
  }
}

const NOSNIFF = /^x-content-type-options: nosniff\r$/im
const OWN = /^cross-origin-resource-policy: same-origin\r$/im

test('every answer says that it is what it says, and for pages of this origin alone', async () => {
  const token = { Authorization: `Bearer ${a.token}` }
  const get = (path: string, headers: Record<string, string> = token, method = 'GET') =>
    [`${method} ${path} HTTP/1.1\r\n`, ...lines({ ...headers, Connection: 'close' }), '\r\n'].join('')
  const asks: [string, string][] = [
    ['a call', call(body(), { Connection: 'close' })],
    ['a refused call', call(body(), { authorization: 'Bearer lb_wrong' })],
    ['health', get('/health')],
    ['nothing there', get('/nowhere')],
    ['no token', get('/metrics', {})],
    ['metrics', get('/metrics')],
    ['tools', get('/tools')],
    ['OpenAI', get('/v1/models')],
    ['an error of OpenAI', get('/v1/nothing')],
    ['a preflight', get('/mcp', {}, 'OPTIONS')],
    ['a method', get('/mcp', token, 'PUT')],
    ['a foreign page', get('/mcp', { Origin: 'https://evil.example' })],
    ['no Host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['rubbish', 'rubbish\r\n\r\n'],
    ['a long head', `GET / HTTP/1.1\r\nx: ${'y'.repeat(50_000)}\r\n\r\n`],
    ['another expectation', get('/health', { Expect: 'the-unexpected' })],
    [
      'a refused WebSocket',
      `GET /ws HTTP/1.1\r\n${lines({ Connection: 'Upgrade', Upgrade: 'websocket' }).join('')}\r\n`,
    ],
  ]
  for (const [what, bytes] of asks) {
    const said = await new Raw().toTheEnd(bytes)
    assert.match(said, NOSNIFF, `${what}: ${said}`)
    assert.match(said, OWN, `${what}: ${said}`)
  }
  const stream = new Raw()
  stream.socket.write(
    [
      'POST /mcp HTTP/1.1\r\n',
      ...lines({ ...headersOf(a.token, 'subscriptions/listen'), 'Transfer-Encoding': 'chunked' }),
      '\r\n',
      ...[
        JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'subscriptions/listen',
          params: { notifications: { toolsListChanged: true }, _meta: envelope },
        }),
      ].map((text) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`),
    ].join(''),
  )
  const said = await stream.until(/text\/event-stream.*\r\n\r\n/s)
  assert.match(said, NOSNIFF)
  assert.match(said, OWN)
  stream.socket.destroy()
})

describe('an unknown caller', () => {
  const unknown = { authorization: 'Bearer lb_wrong' }
  for (const [what, more] of Object.entries({
    'a short body': { 'Content-Length': '1000' },
    'a long body': { 'Content-Length': '16000000' },
    'a body in chunks': { 'Transfer-Encoding': 'chunked', 'Content-Length': undefined },
    'a body that waits for a word': { Expect: '100-continue', 'Content-Length': '1000' },
  }))
    test(`is refused before ${what} is read, and the connection ends`, async () => {
      const headers: Record<string, string | undefined> = {
        ...headersOf('', 'tools/call', 'x'),
        ...unknown,
        ...more,
      }
      for (const name in headers) if (headers[name] === undefined) delete headers[name]
      const raw = new Raw()
      const said = await raw.toTheEnd(
        ['POST /mcp HTTP/1.1\r\n', ...lines(headers as Record<string, string>), '\r\n'].join(''),
      )
      assert.match(said, /^HTTP\/1\.1 401 /)
      assert.match(said, /^connection: close\r$/im)
      assert.match(said, /-32000/)
    })
  test('is not heard again on the connection, whatever follows', async () => {
    const said = await new Raw().toTheEnd(call(body(), unknown) + call(body('rogue_echo', { second: true })))
    assert.equal(said.match(/HTTP\/1\.1 /g)?.length, 1)
    assert.match(said, /^HTTP\/1\.1 401 /)
    const health = await new Raw().toTheEnd(
      `GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n${call(body('rogue_echo', { behind: 'health' }))}`,
    )
    assert.equal(health.match(/HTTP\/1\.1 /g)?.length, 1)
  })
  test('an identified caller is asked for the body that was announced', async () => {
    const text = body('rogue_echo', { late: true })
    const raw = new Raw()
    raw.socket.write(call(text, { Expect: '100-continue' }).slice(0, -text.length))
    await raw.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    raw.socket.write(text)
    await raw.until(/HTTP\/1\.1 200 .*late/s)
    raw.socket.destroy()
  })
})

/** Answers that came to others since: the gateway has read what was sent before. */
async function hasRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const other = new Raw()
    other.socket.write(call(body('rogue_echo', { turn })))
    await other.until(/HTTP\/1\.1 200 /)
    other.socket.destroy()
  }
}

describe('a wish for another protocol is ignored', () => {
  const h2c = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' }
  test('on a POST with its body, and the connection goes on', async () => {
    const raw = new Raw()
    raw.socket.write(call(body('rogue_echo', { n: 1 }), h2c) + call(body('rogue_echo', { n: 2 })))
    const said = await raw.until(/\\"n\\":2/)
    assert.deepEqual(said.match(/HTTP\/1\.1 \d+|\\"n\\":\d/g), [
      'HTTP/1.1 200',
      '\\"n\\":1',
      'HTTP/1.1 200',
      '\\"n\\":2',
    ])
    raw.socket.destroy()
  })
  test('on a POST whose body comes later, or in chunks', async () => {
    const text = body('rogue_echo', { torn: true })
    const raw = new Raw()
    const whole = call(text, h2c)
    raw.socket.write(whole.slice(0, 20))
    await hasRead()
    raw.socket.write(whole.slice(20, -5))
    await hasRead()
    raw.socket.write(whole.slice(-5))
    await raw.until(/HTTP\/1\.1 200 .*torn/s)
    raw.socket.destroy()
  })
  test('on a GET, and on other paths; a WebSocket is for /ws alone', async () => {
    for (const upgrade of [
      h2c,
      { Connection: 'Upgrade', Upgrade: 'websocket' },
      { Connection: 'Upgrade', Upgrade: 'TLS/1.0' },
    ]) {
      const said = await new Raw().toTheEnd(
        [
          'GET /tools HTTP/1.1\r\n',
          ...lines({ Authorization: `Bearer ${a.token}`, ...upgrade }),
          '\r\n',
        ].join(''),
      )
      assert.match(said, /^HTTP\/1\.1 200 .*rogue_echo/s, upgrade.Upgrade)
    }
  })
  test('as curl asks for HTTP/2', async () => {
    const curl = (...args: string[]) =>
      promisify(execFile)('curl', [
        '-sS',
        '--http2',
        '--max-time',
        '20',
        '-w',
        ' %{http_code} %{http_version}',
        ...args,
      ])
    assert.match((await curl(`${a.origin}/health`)).stdout, /ok 200 1\.1$/)
    const headers = Object.entries(headersOf(a.token, 'tools/call', 'rogue_echo')).flatMap(([k, v]) => [
      '-H',
      `${k}: ${v}`,
    ])
    const { stdout } = await curl(...headers, '-d', body('rogue_echo', { by: 'curl' }), a.url)
    assert.match(stdout, /curl.* 200 1\.1$/s)
  })
})

describe('a client that ends its side', () => {
  test('is answered still, when it takes a while as well', async () => {
    for (const [text, name, more] of [
      [body('rogue_echo', { half: 1 }), 'rogue_echo', {}],
      [body('rogue_slow', { ms: 600 }), 'rogue_slow', {}],
      [body('rogue_slow', { ms: 600 }), 'rogue_slow', { 'X-Long': 'y'.repeat(9000) }],
    ] as const) {
      const raw = new Raw({ allowHalfOpen: true })
      const ended = once(raw.socket, 'end')
      raw.socket.end(call(text, more, name))
      await ended
      assert.match(raw.text, /HTTP\/1\.1 200 .*"result"/s)
      raw.socket.destroy()
    }
  })
  test('and has gone altogether has its call cancelled', async () => {
    for (const more of [{}, { 'X-Long': 'y'.repeat(9000) }] as Record<string, string>[]) {
      const cancelled = () => a.log().match(/"tool":"rogue_slow"[^\n]*"outcome":"cancelled"/g)?.length ?? 0
      const before = cancelled()
      const raw = new Raw()
      await once(raw.socket, 'connect')
      // Longer than a call may take here: it is not the deadline that ends it.
      await new Promise<void>((resolve) =>
        raw.socket.write(call(body('rogue_slow', { ms: 2500 }), more, 'rogue_slow'), () => resolve()),
      )
      await until('it is in flight', async () =>
        JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout).servers.some(
          (s: { name: string; inFlight: number }) => s.name === 'rogue' && s.inFlight > 0,
        ),
      )
      raw.socket.destroy()
      await until('it is cancelled', () => cancelled() > before)
    }
  })
})

describe('without tokens', () => {
  let open: Appliance
  before(async () => {
    open = await startAppliance({
      args: ['--no-auth'],
      config: 'http: {origins: ["https://chat.example"]}\n',
    })
  })
  after(() => open?.stop())
  const status = async (headers: Record<string, string>) =>
    (
      await send(open.url, {
        headers: { ...headersOf('', 'tools/list'), ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } }),
      })
    ).status

  test('programs may call, and of pages those alone that are listed', async () => {
    assert.equal(await status({}), 200)
    assert.equal(await status({ origin: 'https://chat.example' }), 200)
    assert.equal(await status({ origin: open.origin }), 200, 'where the gateway listens nobody else does')
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'null', 'https://evil.example'])
      assert.equal(await status({ origin }), 403, origin)
    const socket = await fetch(`${open.origin}/ws`, { headers: { origin: 'http://localhost:3000' } })
    assert.equal(socket.status, 403)
  })
  test('the log says so', () => assert.match(open.log(), /no token is needed .*http\.origins/))
})

test('over TLS it is all the same: an upgrade is ignored, half a hang-up is answered, a stranger gets the last answer', async () => {
  await using gateway = await startBareGateway()
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } })
  const headers = {
    ...headersOf(gateway.token, 'tools/list'),
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABkAAQAAP__',
    'Content-Length': String(text.length),
  }
  const ask = ['POST /mcp HTTP/1.1\r\n', ...lines(headers), `\r\n${text}`].join('')
  const get = ['GET /tools HTTP/1.1\r\n', ...lines({ ...headers, 'Content-Length': '0' }), '\r\n'].join('')
  const stranger = ['POST /mcp HTTP/1.1\r\n', ...lines({ 'Content-Length': '1000000' }), '\r\n'].join('')
  for (const [bytes, statuses] of [
    [ask + ask + get, ['200', '200', '200']],
    [ask.replace('POST /mcp', 'POST /mcp?token=x'), ['400']],
    [stranger, ['401']],
  ] as const) {
    const socket = connectTls({
      port: gateway.port,
      host: '127.0.0.1',
      servername: 'box.local',
      ca: gateway.ca,
    })
    socket.setEncoding('latin1')
    await once(socket, 'secureConnect')
    socket.end(bytes)
    let said = ''
    for await (const part of socket) said += part
    assert.deepEqual(
      [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
      statuses,
    )
    assert.match(said, NOSNIFF)
  }
})

test('with tokens, pages of this machine may call', async () => {
  const reply = await send(a.url, {
    headers: { ...headersOf(a.token, 'tools/list'), origin: 'http://localhost:3000' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } }),
  })
  assert.equal(reply.status, 200)
  assert.equal((await post(a.url, a.token, 'tools/list')).status, 200)
})

test('an origin that stands for many keeps the gateway from starting, and fails the check', async () => {
  for (const [origin, why] of [
    ['*', /http\.origins\[0\]: "\*" would accept every page/],
    ['null', /http\.origins\[0\]: "null" is the origin of every sandboxed page/],
  ] as const) {
    await assert.rejects(startAppliance({ config: `http: {origins: ["${origin}"]}\n` }), why)
    const folder = mkdtempSync(join(tmpdir(), 'check-'))
    writeFileSync(join(folder, 'gateway.yaml'), `http: {origins: ["${origin}"]}\n`)
    const checked = await promisify(execFile)(process.execPath, [
      join(ROOT, 'dist/gateway.mjs'),
      'check',
      folder,
    ]).catch((error) => error)
    rmSync(folder, { recursive: true })
    assert.equal(checked.code, 78)
    assert.match(checked.stderr, why)
  }
})
