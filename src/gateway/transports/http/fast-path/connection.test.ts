import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { drained } from '../../drained.ts'
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import { serveFastPath } from './connection.ts'

type Handler = (req: HttpRequest, res: HttpResponse) => void

const echo: Handler = (req, res) => {
  if ('body' in req) return void res.writeHead(200, { by: 'fast-path' }).end(`${req.url} ${req.body}`)
  let body = ''
  req.on('data', (chunk) => {
    body += chunk
  })
  req.on('end', () => res.writeHead(200, { by: 'node' }).end(`${req.url} ${body}`))
}

const TIMEOUTS = { idleMs: 60_000, bodyMs: 60_000 }

async function setUp(t: TestContext, handler: Handler, timeouts: Partial<typeof TIMEOUTS> = {}) {
  const server: Server = createServer(handler)
  const fastPath = { handle: handler, admit: () => true, holds: () => true }
  serveFastPath(server, 'connection', fastPath, { ...TIMEOUTS, ...timeouts })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return async () => {
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    sockets.push(socket)
    socket.setNoDelay(true)
    await once(socket, 'connect')
    let received = ''
    let wake = () => {}
    socket.on('error', () => {}).on('close', () => wake())
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk
      wake()
    })
    return {
      socket,
      /** All that came, once it matches. */
      async until(pattern: RegExp): Promise<string> {
        while (!pattern.test(received)) {
          if (socket.destroyed) assert.fail(`it was closed after ${JSON.stringify(received)}`)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        return received
      },
    }
  }
}

const post = (path: string, body = '', ...lines: string[]) =>
  [`POST ${path} HTTP/1.1`, 'Host: a', ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join(
    '\r\n',
  )

test('requests on one connection are answered one after the other', async (t) => {
  const { socket, until } = await (await setUp(t, echo))()
  socket.write(post('/1', 'é'))
  assert.match(
    await until(/é$/),
    /^HTTP\/1\.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nby: fast-path\r\nDate: \w{3}, .* GMT\r\nContent-Length: 5\r\n\r\n\/1 é$/,
  )
  socket.write(post('/2', 'b'))
  await until(/\/2 b$/)
})

test('requests that come all at once are answered in their order, also where the first takes longest', async (t) => {
  const waiting: (() => void)[] = []
  const open = await setUp(t, (req, res) => {
    if (req.url === '/slow') waiting.push(() => res.end('slow '))
    else res.end(`${req.url} `)
  })
  const { socket, until } = await open()
  socket.write(post('/slow', 'x') + post('/2') + post('/3'))
  while (waiting.length === 0) await new Promise(setImmediate)
  waiting[0]?.()
  assert.deepEqual((await until(/\/3 $/)).match(/slow|\/2|\/3/g), ['slow', '/2', '/3'])
})

test('the next request waits while more than 64 KiB of answers have not gone out, and not for less', async (t) => {
  const unsent: number[] = []
  let answering: Socket | undefined
  const open = await setUp(t, (_, res) => {
    const { socket } = res
    unsent.push(socket?.writableLength ?? -1)
    if (!answering && socket) {
      answering = socket
      // Nothing leaves until it is let out.
      socket.cork()
    }
    res.end('x'.repeat(40 * 1024))
  })
  const { socket, until } = await open()
  socket.write(post('/1') + post('/2') + post('/3') + post('/4'))
  while (unsent.length === 0) await new Promise(setImmediate)
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.equal(unsent.length, 2, 'two answers of 40 KiB are more than is held')
  assert.ok((unsent[1] ?? 0) > 40 * 1024 && (unsent[1] ?? 0) <= 64 * 1024)
  answering?.uncork()
  await until(/(?:HTTP\/1\.1 200[\s\S]*){4}x$/)
  while (unsent.length < 4) await new Promise(setImmediate)
  for (const bytes of unsent) assert.ok(bytes <= 64 * 1024, String(unsent))
})

test('a request may come in any pieces', async (t) => {
  const { socket, until } = await (await setUp(t, echo))()
  const text = post('/pieces', 'a body')
  const headEnd = text.indexOf('\r\n\r\n') + 4
  for (const piece of [text.slice(0, headEnd), ...text.slice(headEnd)]) {
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    await new Promise(setImmediate)
  }
  assert.match(await until(/a body$/), /by: fast-path/)
  for (const piece of post('/torn', 'head')) {
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    await new Promise(setImmediate)
  }
  await until(/\/torn head/)
})

const OTHERS: [string, string, RegExp][] = [
  [
    'chunks',
    'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    /by: node.*\/c abc/s,
  ],
  ['another method', 'GET /g HTTP/1.1\r\nHost: a\r\n\r\n', /by: node.*\/g /s],
  ['a long body', post('/l', 'x'.repeat(100_000)), /by: node.*x{1000}/s],
  ['an expectation', post('/e', 'abc', 'Expect: 100-continue'), /100 Continue.*by: node.*\/e abc/s],
  ['rubbish', 'rubbish\r\n\r\n', /^HTTP\/1\.1 400/],
  ['a head without end', `POST / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`, /^HTTP\/1\.1 431/],
]
for (const [what, text, expected] of OTHERS)
  test(`${what}: node:http answers, also after plain requests`, async (t) => {
    const open = await setUp(t, echo)
    const first = await open()
    first.socket.write(text)
    await first.until(expected)
    const later = await open()
    later.socket.write(post('/quick', '!'))
    assert.match(await later.until(/\/quick !$/), /by: fast-path/)
    later.socket.write(text)
    await later.until(new RegExp(expected.source.replace('^', ''), 's'))
  })

test('plain requests behind one for node:http are answered too', async (t) => {
  const { socket, until } = await (await setUp(t, echo))()
  socket.write(`${post('/1', 'a')}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n${post('/3', 'c')}`)
  assert.deepEqual((await until(/\/3 c/)).match(/\/\d /g), ['/1 ', '/2 ', '/3 '])
})

test('a stream goes out in chunks, and its listener hears when the client has gone', async (t) => {
  const gone = Promise.withResolvers<boolean>()
  const open = await setUp(t, (_, res) => {
    res.once('close', () => gone.resolve(res.writableFinished))
    res.setHeader('x', '1')
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    res.write('é')
    // A client that ends its side may read on; writing finds out whether it does.
    const writing = setInterval(() => res.write('\n'), 1)
    res.once('close', () => clearInterval(writing))
  })
  const { socket, until } = await open()
  socket.write(post('/'))
  assert.match(await until(/é/), /x: 1\r\n.*Transfer-Encoding: chunked\r\n\r\n2\r\né\r\n/s)
  socket.destroy()
  assert.equal(await gone.promise, false)
})

test('a stream that ends leaves the connection for the next request', async (t) => {
  const open = await setUp(t, (_, res) => {
    res.writeHead(200).flushHeaders()
    res.write('a')
    res.end('b')
    res.end('again')
    res.write('more')
  })
  const { socket, until } = await open()
  socket.write(post('/') + post('/'))
  const received = await until(/0\r\n\r\n.*0\r\n\r\n$/s)
  assert.equal(received.match(/1\r\na\r\n1\r\nb\r\n0\r\n\r\n/g)?.length, 2)
})

test('an answer without content has none', async (t) => {
  const open = await setUp(t, (req, res) => res.writeHead(req.url === '/none' ? 204 : 202).end())
  const { socket, until } = await open()
  socket.write(post('/none') + post('/'))
  assert.match(
    await until(/202.*\r\n\r\n$/s),
    /^HTTP\/1\.1 204 No Content\r\n(?:[XC][^\r]*\r\n){2}Date: [^\r]*\r\n\r\nHTTP\/1\.1 202 .*Content-Length: 0\r\n\r\n$/s,
  )
})

test('a client that ends its side is answered still, everything it asked, and then the connection ends', async (t) => {
  const waiting: (() => void)[] = []
  const open = await setUp(t, (req, res) => {
    if (req.url === '/slow') waiting.push(() => res.end('slow '))
    else echo(req, res)
  })
  for (const [then, by] of [
    [post('/2', 'b'), 'fast-path'],
    ['POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n', 'node'],
  ] as const) {
    const { socket, until } = await open()
    const ended = once(socket, 'end')
    socket.end(post('/slow') + then)
    while (waiting.length === 0) await new Promise(setImmediate)
    for (let i = 0; i < 10; i++) await new Promise(setImmediate)
    waiting.pop()?.()
    assert.match(await until(/b(?:\r\n0\r\n\r\n)?$/), new RegExp(`slow .*by: ${by}.*/2 b`, 's'))
    await ended
  }
})

test('half a request of a client that ends its side is nothing to wait for', async (t) => {
  const { socket } = await (await setUp(t, echo))()
  socket.end(post('/', 'abc').slice(0, -1))
  await once(socket, 'end')
})

test('what a client sends after the last answer is ignored', async (t) => {
  const ran: unknown[] = []
  const open = await setUp(t, (req, res) => {
    ran.push(req.url)
    res.setHeader('connection', 'close')
    res.end('last')
  })
  const { socket, until } = await open()
  const ended = once(socket, 'end')
  socket.write(post('/1') + post('/2'))
  socket.write(post('/3'))
  await until(/last$/)
  await ended
  assert.deepEqual(ran, ['/1'])
})

test('the body of a caller who is not let in is not waited for, and what follows is no request', async (t) => {
  const ran: unknown[] = []
  const server = createServer()
  serveFastPath(
    server,
    'connection',
    {
      handle: (req) => void ran.push(req.url),
      admit(req, res) {
        ran.push(`no body of ${req.url}`)
        res.writeHead(401).end('no')
        return false
      },
      holds: () => true,
    },
    TIMEOUTS,
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  socket.on('error', () => {}).write(post('/1', 'abc').slice(0, -1))
  const [said] = await once(socket.setEncoding('utf8'), 'data')
  assert.match(said, /^HTTP\/1\.1 401/)
  socket.write(`c${post('/2')}`)
  await once(socket, 'close')
  assert.deepEqual(ran, ['no body of /1'])
})

test('a request behind one that ends just as more comes runs once', async (t) => {
  const ran: unknown[] = []
  const waiting: (() => void)[] = []
  const open = await setUp(t, (req, res) => {
    ran.push(req.url)
    if (req.url === '/slow') waiting.push(() => res.end('slow '))
    else res.end(`${req.url} `)
  })
  const { socket, until } = await open()
  socket.write(post('/slow') + post('/2'))
  while (waiting.length === 0) await new Promise(setImmediate)
  // In one turn: the answer ends, and bytes arrive that are for node:http.
  waiting[0]?.()
  socket.write('GET /3 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(/\/3 /)
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  assert.deepEqual(ran, ['/slow', '/2', '/3'])
})

test('a client that floods while it is being answered is not read further', async (t) => {
  let answer: (() => void) | undefined
  const open = await setUp(t, (req, res) => {
    if (answer) return void res.end(`${req.url} `)
    answer = () => res.end('first')
  })
  const { socket, until } = await open()
  const flood = post('/f', 'x'.repeat(1000)).repeat(20_000)
  socket.write(post('/') + flood + post('/last'))
  while (!answer) await new Promise(setImmediate)
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
  assert.ok(socket.writableLength > 0, 'most of it was not taken')
  answer()
  const received = await until(/\/last $/)
  assert.equal(received.match(/\/f /g)?.length, 20_000)
})

test('a client that sends half a request, or nothing more, is disconnected', async (t) => {
  const open = await setUp(t, echo, { idleMs: 20, bodyMs: 20 })
  const half = await open()
  half.socket.write(post('/', 'abc').slice(0, -1))
  await once(half.socket, 'end')
  const idle = await open()
  idle.socket.write(post('/', 'abc'))
  await idle.until(/abc$/)
  await once(idle.socket, 'end')
})

test('a client that does not take its first answer is ended by whoever waits for that, though it may be idle for longer', {
  timeout: 30_000,
}, async (t) => {
  const ended = Promise.withResolvers<void>()
  const open = await setUp(t, (_, res) => {
    res.writeHead(200)
    for (let i = 0; i < 64; i++) res.write('x'.repeat(1024 * 1024))
    assert.ok(res.socket && drained(res.socket, 20), 'the client keeps up')
    res.socket.on('close', ended.resolve)
    res.end()
  })
  const { socket } = await open()
  socket.pause()
  socket.write(post('/'))
  await ended.promise
})

test('a header that would break out of its line is not sent', async (t) => {
  const open = await setUp(t, (_, res) => {
    assert.throws(() => res.setHeader('x', 'a\r\nSet-Cookie: b'), /can't have this value/)
    res.end('ok')
  })
  const { socket, until } = await open()
  socket.write(post('/'))
  assert.doesNotMatch(await until(/ok$/), /Set-Cookie/)
})
