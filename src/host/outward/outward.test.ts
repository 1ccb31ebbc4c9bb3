import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOutward, type Outward } from './outward.ts'
import { certificateFor } from './testing/certificate.ts'
import { failsWith, listening, outwardToLoopback, webServer } from './testing/server.ts'

/** Says what it was asked. */
async function echo(req: IncomingMessage, res: ServerResponse) {
  let body = ''
  for await (const part of req) body += part
  res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }))
}
interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}
const getJson = async (outward: Outward, url: string) => (await (await outward.fetch(url)).json()) as Echo
const pointTo = (status: number, to: string) => (_: unknown, res: ServerResponse) =>
  void res.writeHead(status, { location: to }).end()
/** A server that speaks by itself, byte for byte. */
const saying = (text: string) =>
  listening(createServer((socket) => void socket.on('error', () => {}).once('data', () => socket.end(text))))

test('a request arrives as it was made, and its answer with status, headers and body', async () => {
  await using server = await webServer(echo)
  using outward = outwardToLoopback()
  const url = `http://a.test:${server.port}/x?q=1#part`
  const response = await outward.fetch(url, {
    method: 'PUT',
    body: 'héllo',
    headers: {
      authorization: 'Bearer s',
      host: 'evil.test',
      'transfer-encoding': 'chunked',
      'content-length': '1',
    },
  })
  assert.deepEqual([response.status, response.url, response.redirected], [200, url, false])
  const { method, url: path, headers, body } = (await response.json()) as Echo
  assert.deepEqual([method, path, body], ['PUT', '/x?q=1', 'héllo'])
  assert.deepEqual(
    [headers.host, headers['content-length'], headers['transfer-encoding'], headers.authorization],
    [`a.test:${server.port}`, '6', undefined, 'Bearer s'],
  )
  assert.equal(headers['accept-encoding'], 'gzip, deflate, br, zstd')
})

test('an address that is written oddly leads where it would, which is nowhere', async () => {
  const outward = createOutward({ setting: '"hosts" in test.yaml' })
  for (const host of [
    '0x7f.1',
    '2130706433',
    '127.1',
    '0177.0.0.1',
    '127.0.0.1.',
    'LOCALHOST',
    'localhost.',
    '①②⑦.0.0.1',
    '127%2e0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[0:0::1]',
  ])
    await assert.rejects(
      outward.fetch(`http://${host}:8080/`),
      failsWith(
        'refused',
        / (is|has) (a loopback address|an address that stands for one of IPv4), and servers reach public addresses alone\. To allow it, the owner adds ".*:8080" to "hosts" in test\.yaml\.$/,
      ),
      host,
    )
  await assert.rejects(
    outward.fetch('http://169.254.169.254/latest/'),
    failsWith('refused', /a metadata address/),
  )
  await assert.rejects(
    outward.fetch('http://[fd00:ec2::254]/latest/'),
    failsWith('refused', /a metadata address/),
  )
})

test('what is no address of the web is refused, and the error names nothing of it but its host', async () => {
  using outward = outwardToLoopback({ resolve: () => assert.fail('was looked up') })
  for (const [url, failure] of [
    ['ftp://a.test/secret', 'bad_address'],
    ['file:///etc/secret', 'bad_address'],
    ['secret', 'bad_address'],
    ['secret:x', 'bad_address'],
    [`http://${'secret.'.repeat(40)}test/`, 'bad_address'],
    ['http://', 'bad_address'],
    ['http://[fe80::1%25eth0]/secret', 'bad_address'],
    ['http://me:secret@a.test/', 'bad_address'],
    ['http://secret@a.test/?q=secret', 'bad_address'],
    ['http://a.test:25/?key=secret', 'refused'],
    ['https://a.test:0/secret', 'refused'],
  ] as const)
    await assert.rejects(outward.fetch(url), (error: Error) => {
      assert.equal((error as { failure?: unknown }).failure, failure, url)
      assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`, /secret/)
      return true
    })
})

test('ports can be restricted, and a port below 1024 can be named', async () => {
  await using server = await webServer(echo)
  using restricted = outwardToLoopback({ ports: [443] })
  await assert.rejects(
    restricted.fetch(`http://a.test:${server.port}/`),
    failsWith('refused', /^Port \d+ of a\.test is not one of the web/),
  )
  using named = outwardToLoopback({ ports: [443], namedHosts: [`a.test:${server.port}`] })
  assert.equal((await getJson(named, `http://a.test:${server.port}/`)).method, 'GET')
})

test('a redirect inwards is not followed, in whatever way it is written', async () => {
  await using inside = await webServer(echo, { at: '127.0.0.2' })
  for (const to of [
    `http://127.0.0.2:${inside.port}/`,
    `//0x7f.2:${inside.port}/`,
    `http://inside.test:${inside.port}/`,
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
  ]) {
    await using server = await webServer(pointTo(302, to))
    using outward = outwardToLoopback({
      resolve: async (host) => [host === 'inside.test' ? '127.0.0.2' : '127.0.0.1'],
    })
    await assert.rejects(
      outward.fetch(`http://a.test:${server.port}/`),
      failsWith('refused', /and servers reach public addresses alone/),
      to,
    )
  }
  for (const [to, failure] of [
    ['file:///etc/passwd', 'bad_address'],
    ['http://u:secret@b.test/', 'bad_address'],
    ['http://b.test:22/', 'refused'],
    ['javascript:1', 'bad_address'],
  ] as const) {
    await using server = await webServer(pointTo(302, to))
    using outward = outwardToLoopback()
    await assert.rejects(
      outward.fetch(`http://a.test:${server.port}/`),
      failsWith(failure, /^(?!.*secret)/),
      to,
    )
  }
  assert.equal(inside.connections(), 0)
})

test('three redirects are followed, and a fourth is not', async () => {
  await using server = await webServer((req, res) => {
    const left = Number(req.url?.slice(1))
    if (left === 0) res.end('here')
    else res.writeHead(302, { location: `/${left - 1}` }).end('elsewhere')
  })
  using outward = outwardToLoopback()
  const response = await outward.fetch(`http://a.test:${server.port}/3`)
  assert.deepEqual(
    [await response.text(), response.redirected, new URL(response.url).pathname],
    ['here', true, '/0'],
  )
  await assert.rejects(
    outward.fetch(`http://a.test:${server.port}/4`),
    failsWith('bad_redirect', /^a\.test:\d+ points on more than 3 times/),
  )
})

test('another origin gets the body that the status says, and no credentials', async () => {
  await using there = await webServer(echo)
  for (const [status, method, body] of [
    [303, 'GET', ''],
    [307, 'POST', 'text'],
    [308, 'POST', 'text'],
  ] as const) {
    await using server = await webServer(pointTo(status, `http://b.test:${there.port}/`))
    using outward = outwardToLoopback()
    const response = await outward.fetch(`http://a.test:${server.port}/`, {
      method: 'POST',
      body: 'text',
      headers: { authorization: 'Bearer s', cookie: 's', 'x-goog-api-key': 's', accept: 'text/html' },
    })
    const got = (await response.json()) as Echo
    assert.deepEqual([got.method, got.body, got.headers.accept], [method, body, 'text/html'])
    assert.deepEqual(
      [got.headers.authorization, got.headers.cookie, got.headers['x-goog-api-key']],
      [undefined, undefined, undefined],
    )
  }
})

test('a redirect can be an error, or be given as it is', async () => {
  await using server = await webServer(pointTo(302, '/elsewhere'))
  using outward = outwardToLoopback()
  const url = `http://a.test:${server.port}/`
  await assert.rejects(
    outward.fetch(url, { redirect: 'error' }),
    failsWith('bad_redirect', /^a\.test:\d+ points elsewhere, which is not followed here\.$/),
  )
  const { status, headers } = await outward.fetch(url, { redirect: 'manual' })
  assert.deepEqual([status, headers.get('location')], [302, '/elsewhere'])
})

test('https leads to http only where the owner named the host', async () => {
  const tls = certificateFor('DNS:a.test')
  await using plain = await webServer(echo)
  await using server = await webServer(pointTo(302, `http://b.test:${plain.port}/`), { tls })
  const url = `https://a.test:${server.port}/`
  using outward = outwardToLoopback({ ca: [tls.cert] })
  await assert.rejects(outward.fetch(url), failsWith('bad_redirect', /from https to http/))
  assert.equal(plain.connections(), 0)
  using named = outwardToLoopback({ ca: [tls.cert], namedHosts: [`b.test:${plain.port}`] })
  assert.equal((await getJson(named, url)).headers.host, `b.test:${plain.port}`)
})

test('each wait has its limit: for the head, between two parts, and for the whole', async () => {
  await using silent = await webServer(() => {})
  await using halting = await webServer((_, res) => void res.write('a part'))
  await using trickling = await webServer((_, res) => {
    const timer = setInterval(() => res.write('a part'), 5)
    res.on('close', () => clearInterval(timer))
  })
  using outward = outwardToLoopback()
  const late = (did: string) =>
    failsWith('timeout', new RegExp(`^a\\.test:\\d+ ${did} 0\\.1 seconds.*, and was given up\\.$`))
  await assert.rejects(
    outward.fetch(`http://a.test:${silent.port}/`, { limits: { firstByteMs: 100 } }),
    late('did not answer for'),
  )
  const idle = await outward.fetch(`http://a.test:${halting.port}/`, { limits: { idleMs: 100 } })
  await assert.rejects(idle.text(), late('sent nothing for'))
  const slow = await outward.fetch(`http://a.test:${trickling.port}/`, { limits: { wholeMs: 100 } })
  await assert.rejects(slow.text(), late('took more than'))
})

test('a reader that takes its time is not taken for a sender that is silent', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  await using server = await webServer((_, res) => void res.end('x'.repeat(1024 * 1024)))
  using outward = outwardToLoopback({ limits: { wholeMs: Number.POSITIVE_INFINITY } })
  const { body } = await outward.fetch(`http://a.test:${server.port}/`)
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  let bytes = (await reader.read()).value?.byteLength ?? 0
  t.mock.timers.tick(24 * 60 * 60 * 1000)
  for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.byteLength
  assert.equal(bytes, 1024 * 1024)
})

test('a call that ends takes its request along, at any time', async () => {
  const gone = new Error('the call has ended')
  const arrived: IncomingMessage[] = []
  await using server = await webServer((req, res) => {
    arrived.push(req)
    if (req.url === '/begun') res.write('a part')
    else calls.abort(gone)
  })
  using outward = outwardToLoopback()
  let calls = new AbortController()
  await assert.rejects(
    outward.fetch(`http://a.test:${server.port}/`, { signal: AbortSignal.abort(gone) }),
    gone,
  )
  assert.equal(server.connections(), 0)
  await assert.rejects(outward.fetch(`http://a.test:${server.port}/silent`, { signal: calls.signal }), gone)
  calls = new AbortController()
  const begun = await outward.fetch(`http://a.test:${server.port}/begun`, { signal: calls.signal })
  calls.abort(gone)
  await assert.rejects(begun.text(), gone)
  const given = await outward.fetch(`http://a.test:${server.port}/begun`)
  await given.body?.cancel()
  for (const req of arrived) if (!req.socket.destroyed) await once(req.socket, 'close')
})

test('a call that ends takes its request along also when garbage was collected since it began', async () => {
  const arrived: IncomingMessage[] = []
  await using server = await webServer((req, res) => {
    arrived.push(req)
    res.write('a part')
  })
  using outward = outwardToLoopback()
  const calls = new AbortController()
  const begun = await outward.fetch(`http://a.test:${server.port}/`, { signal: calls.signal })
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((next) => setImmediate(next))
    collect()
  }
  const gone = new Error('the call has ended')
  calls.abort(gone)
  await assert.rejects(begun.text(), gone)
  for (const req of arrived) if (!req.socket.destroyed) await once(req.socket, 'close')
})

test('a call that ends while its connection is being made takes that along', async () => {
  const closed = Promise.withResolvers<void>()
  const calls = new AbortController()
  const gone = new Error('the call has ended')
  await using silent = await listening(
    createServer((socket) => {
      socket
        .on('error', () => {})
        .on('close', () => closed.resolve())
        .resume()
      calls.abort(gone)
    }),
  )
  using outward = outwardToLoopback()
  await assert.rejects(outward.fetch(`https://a.test:${silent.port}/`, { signal: calls.signal }), gone)
  await closed.promise
})

test('an answer that is no HTTP, breaks off or means nothing is an error that says so', async () => {
  using outward = outwardToLoopback({ limits: { headerBytes: 4096 } })
  for (const [text, failure, message] of [
    ['SSH-2.0-OpenSSH\r\n', 'broken_answer', /^What a\.test:\d+ sends is not HTTP\.$/],
    ['', 'unreachable', /can't be reached \(ECONNRESET\)/],
    ['HTTP/1.1 200 x\x01y\r\nx-\xff: y\x01z\r\n\r\n', 'broken_answer', /is not HTTP/],
    ['HTTP/1.1 200 ok\r\n\x00: y\r\n\r\n', 'broken_answer', /is not HTTP/],
    ['HTTP/1.1 999 x\r\n\r\n', 'broken_answer', /the status 999, which means nothing/],
    ['HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'broken_answer', /another protocol/],
    [
      'HTTP/1.1 200 x\r\ncontent-encoding: x-odd\r\n\r\nabc',
      'broken_answer',
      /packed in a way that is not known/,
    ],
    [
      `HTTP/1.1 200 x\r\ncontent-encoding: ${'gzip, '.repeat(9)}\r\n\r\nabc`,
      'broken_answer',
      /packed 9 times over/,
    ],
    [`HTTP/1.1 200 x\r\nx: ${'x'.repeat(5000)}\r\n\r\n`, 'too_large', /more headers than are read/],
    ['HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\nabc', 'broken_answer', /ended its answer half-way/],
    [
      'HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc',
      'broken_answer',
      /ended its answer half-way/,
    ],
  ] as const) {
    await using server = await saying(text)
    const whole = outward
      .fetch(`http://a.test:${server.port}/?key=secret`)
      .then((response) => response.text())
    await assert.rejects(whole, failsWith(failure, message), text.slice(0, 60))
  }
})

test('what follows is asked on the same connection, and once more where that has just been closed', async () => {
  await using server = await webServer((req, res) => {
    res.end(req.url)
    if (req.url === '/last') res.on('finish', () => req.socket.destroy())
  })
  using outward = outwardToLoopback()
  const get = async (path: string) => (await outward.fetch(`http://a.test:${server.port}${path}`)).text()
  assert.deepEqual([await get('/1'), await get('/2'), await get('/last')], ['/1', '/2', '/last'])
  assert.equal(server.connections(), 1)
  assert.equal(await get('/3'), '/3')
  assert.equal(server.connections(), 2)
})

test('what may have been done is not asked for twice', async () => {
  const asked: string[] = []
  await using server = await webServer((req, res) => {
    asked.push(req.method as string)
    if (req.url === '/first') res.end()
    else req.socket.destroy()
  })
  using outward = outwardToLoopback()
  await (await outward.fetch(`http://a.test:${server.port}/first`)).text()
  await assert.rejects(
    outward.fetch(`http://a.test:${server.port}/`, { method: 'POST' }),
    failsWith('unreachable', /ECONNRESET/),
  )
  assert.deepEqual(asked, ['GET', 'POST'])
})

test('an answer without a body has none, whatever its headers say', async () => {
  await using server = await webServer((req, res) => {
    res
      .writeHead(req.url === '/304' ? 304 : 200, { 'content-encoding': 'gzip', 'content-length': '1000' })
      .end()
  })
  using outward = outwardToLoopback()
  const head = await outward.fetch(`http://a.test:${server.port}/`, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', '1000'])
  const unchanged = await outward.fetch(`http://a.test:${server.port}/304`)
  assert.deepEqual([unchanged.status, await unchanged.text()], [304, ''])
})

test('a proxy that the environment names is not asked', async () => {
  await using proxy = await webServer((_, res) => res.end('proxy'))
  await using server = await webServer((_, res) => res.end('direct'))
  const script = `
    import { outwardToLoopback } from '${import.meta.resolve('./testing/server.ts')}'
    using outward = outwardToLoopback()
    process.stdout.write(await (await outward.fetch('http://a.test:${server.port}/')).text())`
  const url = `http://127.0.0.1:${proxy.port}`
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  })
  assert.equal(stdout, 'direct')
  assert.equal(proxy.connections(), 0)
})
