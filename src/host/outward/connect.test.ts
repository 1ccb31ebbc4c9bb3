import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { certificateFor } from './testing/certificate.ts'
import { dnsServer } from './testing/dns-server.ts'
import { failsWith, listening, outwardToLoopback, webServer } from './testing/server.ts'

const certificate = certificateFor('DNS:mail.test,IP:127.0.0.1')
const greeting = (socket: Socket) => void socket.on('error', () => {}).write('* OK ready\r\n')
const firstLine = async (socket: Socket) => String((await once(socket, 'data'))[0])

test('a name that resolves to a private address the second time is reached where it was checked, or not at all', async () => {
  await using inside = await webServer((_, res) => res.end('inside'), { at: '127.0.0.2' })
  await using outside = await webServer((_, res) => res.end('outside'), { port: inside.port })
  await using dns = await dnsServer((_, nth) => (nth === 1 ? ['127.0.0.1'] : ['127.0.0.2']))
  using outward = outwardToLoopback({ resolve: dns.resolve })
  const url = `http://rebound.test:${inside.port}/`
  const first = await outward.fetch(url, { headers: { connection: 'close' } })
  assert.equal(await first.text(), 'outside')
  assert.equal(dns.asked.get('rebound.test'), 1)
  outward.close()
  await assert.rejects(outward.fetch(url), failsWith('refused', /^rebound\.test has a loopback address/))
  assert.equal(dns.asked.get('rebound.test'), 2)
  assert.deepEqual([outside.connections(), inside.connections()], [1, 0])
})

test('one private address among several public ones is enough to refuse a name', async () => {
  await using inside = await webServer((_, res) => res.end('inside'), { at: '127.0.0.2' })
  for (const addresses of [
    ['127.0.0.1', '127.0.0.2'],
    ['127.0.0.2', '127.0.0.1'],
    ['127.0.0.1', '::1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['127.0.0.1', 'fe80::1%lo'],
    ['127.0.0.1', 'no address'],
  ]) {
    using outward = outwardToLoopback({ resolve: async () => addresses })
    await assert.rejects(
      outward.fetch(`http://mixed.test:${inside.port}/`),
      failsWith('refused', /^mixed\.test has /),
    )
    await assert.rejects(
      outward.connect('mixed.test', inside.port, { tls: false }),
      failsWith('refused', /mixed/),
    )
  }
  assert.equal(inside.connections(), 0)
})

test('where the first address does not answer, the next is tried', async () => {
  await using server = await listening(createServer(greeting))
  using outward = outwardToLoopback({
    resolve: async () => ['127.0.0.3', '127.0.0.1'],
    classify: () => 'public',
  })
  const socket = await outward.connect('mail.test', server.port, { tls: false })
  assert.equal(await firstLine(socket), '* OK ready\r\n')
  socket.destroy()
})

test('a host that the owner named is reached at a private address, and at no other port than the one named', async () => {
  await using server = await listening(createServer(greeting), '127.0.0.2')
  const resolve = async () => ['127.0.0.2']
  using outward = outwardToLoopback({ resolve, namedHosts: [`nas.lan:${server.port}`] })
  const socket = await outward.connect('NAS.lan.', server.port, { tls: false })
  assert.equal(await firstLine(socket), '* OK ready\r\n')
  socket.destroy()
  await assert.rejects(
    outward.connect('nas.lan', server.port + 1, { tls: false }),
    failsWith(
      'refused',
      new RegExp(`the owner adds "nas\\.lan:${server.port + 1}" to "hosts" in test\\.yaml\\.$`),
    ),
  )
  await assert.rejects(
    outward.connect('127.0.0.2', server.port, { tls: false }),
    failsWith('refused', /^127\.0\.0\.2 is a loopback/),
  )
})

test('over TLS the certificate must be of the host and trusted; otherwise nothing is sent', async () => {
  const received: string[] = []
  await using server = await listening(
    createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).on('data', (data) => received.push(String(data)))
      socket.write('* OK ready\r\n')
    }),
  )
  const ca = [certificate.cert]
  using trusting = outwardToLoopback({ ca })
  for (const host of ['mail.test', '127.0.0.1']) {
    const socket = await trusting.connect(host, server.port, { tls: true })
    assert.ok(socket instanceof TLSSocket && socket.authorized)
    assert.equal(await firstLine(socket), '* OK ready\r\n')
    socket.destroy()
  }
  await assert.rejects(
    trusting.connect('other.test', server.port, { tls: true }),
    failsWith('untrusted', /other\.test.*nothing was sent/),
  )
  using usual = outwardToLoopback()
  await assert.rejects(
    usual.connect('mail.test', server.port, { tls: true }),
    failsWith('untrusted', /not trusted by this machine/),
  )
  await assert.rejects(
    usual.fetch(`https://mail.test:${server.port}/`, { headers: { authorization: 'Bearer secret' } }),
    failsWith('untrusted', /mail\.test/),
  )
  assert.deepEqual(received, [])
})

test('whom the machine trusts is read from its own list', async () => {
  using folder = temporaryDirectory()
  const list = join(folder.path, 'ca.pem')
  writeFileSync(list, certificate.cert)
  await using server = await listening(createTlsServer(certificate, greeting))
  const script = `
    import { outwardToLoopback } from '${import.meta.resolve('./testing/server.ts')}'
    const socket = await outwardToLoopback().connect('mail.test', ${server.port}, { tls: true })
    socket.once('data', (data) => { process.stdout.write(data); socket.destroy() })`
  const env = { ...process.env, SSL_CERT_FILE: list, SSL_CERT_DIR: folder.path }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  })
  assert.equal(stdout, '* OK ready\r\n')
})

test('a connection that began without TLS goes on with it', async () => {
  await using server = await listening(
    createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          socket.write('go\r\n')
          const secure = new TLSSocket(socket, { isServer: true, ...certificate })
          secure
            .on('error', () => {})
            .resume()
            .write('secure\r\n')
        })
    }),
  )
  using outward = outwardToLoopback({ ca: [certificate.cert] })
  const begin = async () => {
    const socket = await outward.connect('mail.test', server.port, { tls: false })
    socket.write('STARTTLS\r\n')
    assert.equal(await firstLine(socket), 'go\r\n')
    return socket
  }
  const secure = await outward.startTls(await begin(), 'mail.test')
  assert.equal(await firstLine(secure), 'secure\r\n')
  secure.destroy()
  await assert.rejects(outward.startTls(await begin(), 'other.test'), failsWith('untrusted', /other\.test/))
})

test('a pinned certificate stands for itself, and no other is taken in its place', async () => {
  const [own, other] = [certificateFor('DNS:nas.lan'), certificateFor('DNS:mail.test')]
  const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256
  await using server = await listening(
    createTlsServer(own, (socket) => socket.on('error', () => {}).end('hello\r\n')),
  )
  using outward = outwardToLoopback({ ca: [other.cert] })
  const through = (tls: true | { pin: string }) => outward.connect('mail.test', server.port, { tls })
  await assert.rejects(through(true), failsWith('untrusted', /mail\.test/))
  await assert.rejects(
    through({ pin: fingerprint(other.cert) }),
    failsWith('untrusted', /is not the one that is pinned/),
  )
  for (const pin of [fingerprint(own.cert), fingerprint(own.cert).replaceAll(':', '').toLowerCase()])
    assert.equal(await firstLine(await through({ pin })), 'hello\r\n')
})

test('what a domain says of a service comes in its order, without what is no host', async () => {
  const resolveServices = async (name: string) => {
    if (name !== '_imaps._tcp.example.org') throw new Error('there is none')
    return [
      { name: 'second.example.org', port: 993, priority: 20 },
      { name: 'First.example.org.', port: 993, priority: 10 },
      { name: '', port: 0, priority: 0 },
    ]
  }
  using outward = outwardToLoopback({ resolveServices })
  assert.deepEqual(await outward.services('_imaps._tcp.example.org'), [
    { host: 'first.example.org', port: 993 },
    { host: 'second.example.org', port: 993 },
  ])
  assert.deepEqual(await outward.services('_imap._tcp.example.org'), [])
})

test('a connection ends with the signal, before it is open and after', async () => {
  await using server = await listening(createServer((socket) => void socket.on('error', () => {}).resume()))
  using outward = outwardToLoopback()
  const gone = new Error('the call has ended')
  await assert.rejects(
    outward.connect('a.test', server.port, { tls: false, signal: AbortSignal.abort(gone) }),
    gone,
  )
  const ending = new AbortController()
  const socket = await outward.connect('a.test', server.port, { tls: false, signal: ending.signal })
  ending.abort(gone)
  await once(socket, 'close')
  // It is never answered, so that only the signal can end it.
  const waiting = new AbortController()
  const handshake = outward.connect('a.test', server.port, { tls: true, signal: waiting.signal })
  waiting.abort(gone)
  await assert.rejects(handshake, gone)
})

test('a look-up, a connection and a handshake that take too long are given up, with a sentence', async () => {
  await using silent = await listening(createServer((socket) => void socket.on('error', () => {}).resume()))
  const limits = { connectMs: 50 }
  const late = failsWith('timeout', /^slow\.test:\d+ was not reached for 0\.05 seconds, and was given up\.$/)
  using outward = outwardToLoopback({ limits })
  await assert.rejects(outward.connect('slow.test', silent.port, { tls: true }), late)
  using unresolved = outwardToLoopback({ limits, resolve: () => new Promise(() => {}) })
  await assert.rejects(unresolved.connect('slow.test', 80, { tls: false }), late)
})

test('what is no host, no port or no name is refused before anything is done', async () => {
  using outward = outwardToLoopback({ resolve: () => assert.fail('was looked up') })
  for (const [host, port] of [
    ['', 993],
    ['user@mail.test', 993],
    ['mail.test:25', 993],
    ['mail.test/x', 993],
    ['fe80::1%eth0', 993],
    ['mail.test', 0],
    ['mail.test', 65536],
    ['mail.test', 1.5],
    ['mail.test', Number.NaN],
  ] as const)
    await assert.rejects(
      outward.connect(host, port, { tls: false }),
      failsWith('bad_address', /not a host and a port/),
    )
})

test('a name that there is not, and a host that does not listen, are distinguished', async () => {
  await using dns = await dnsServer(() => [])
  using unknown = outwardToLoopback({ resolve: dns.resolve })
  await assert.rejects(
    unknown.fetch('http://none.test/'),
    failsWith('unresolved', /^none\.test was not found: there is no such name\.$/),
  )
  const closed = await listening(createServer())
  await closed[Symbol.asyncDispose]()
  using outward = outwardToLoopback()
  await assert.rejects(
    outward.fetch(`http://quiet.test:${closed.port}/`),
    failsWith('unreachable', /^quiet\.test:\d+ can't be reached \(ECONNREFUSED\)\.$/),
  )
})
