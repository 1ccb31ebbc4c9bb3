import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isWithin, lookupOutside } from './loopback.ts'
import { fileServer } from './testing/file-server.ts'
import { places } from './testing/place.ts'

const made = places()
const { base, source, file, digest, place } = made
after(() => made[Symbol.dispose]())

/** Pulls from a server that says `headers` and gives `body`, whatever it is asked. */
async function pulledFrom(status: number, headers: Record<string, string>, body: Buffer = file) {
  await using server = await fileServer(file, {
    intercept: (_, response) => {
      response.writeHead(status, headers)
      response.end(body)
      return true
    },
  })
  const at = place()
  await at.luca('add', 'noise', server.url, '--sha256', digest)
  return { ...at, pulled: await at.luca('pull', 'noise'), asked: server.ranges }
}

test('a length that is larger than the disk is refused before a byte is taken', async () => {
  const { pulled, files } = await pulledFrom(200, { 'content-length': String(Number.MAX_SAFE_INTEGER) })
  assert.equal(pulled.code, 1)
  assert.match(pulled.stderr, /are still to come, and the disk of .* has .* free/)
  assert.ok(!files().includes('noise.gguf'))
})

test('a file that is shorter or longer than its length does not land', async () => {
  const short = await pulledFrom(200, { 'content-length': String(file.length - 1) }, file.subarray(0, -1))
  assert.match(short.pulled.stderr, /The download is not the model/)
  assert.deepEqual(short.files(), ['registry.json'])
  const long = await pulledFrom(200, {}, Buffer.concat([file, file]))
  assert.match(long.pulled.stderr, /The download is not the model/)
  assert.deepEqual(long.files(), ['registry.json'])
})

for (const [how, range] of [
  ['another part than was asked for', 'bytes 100-200/300'],
  ['a range that is none', 'bytes all/of-it'],
  ['no range', undefined],
  ['a part of another unit', 'lines 0-10/20'],
] as const)
  test(`an answer with ${how} is not taken`, async () => {
    const { pulled, files } = await pulledFrom(206, range === undefined ? {} : { 'content-range': range })
    assert.equal(pulled.code, 1)
    assert.match(pulled.stderr, /it sent another part than requested/)
    assert.ok(!files().includes('noise.gguf'))
  })

test('what goes on with a wrong end, or gives more than it said, is not taken, and the next pull begins anew', async () => {
  for (const [size, says] of [
    ['100', /beyond its end/],
    [String(200_000 + 10), /more than it announced/],
  ] as const) {
    await using server = await fileServer(file, {
      cutAfter: 200_000,
      intercept(_, response, count) {
        if (count !== 2) return false
        response.writeHead(206, { 'content-range': `bytes 200000-${file.length - 1}/${size}` })
        response.end(file.subarray(200_000))
        return true
      },
    })
    const { luca, folder } = place()
    await luca('add', 'noise', server.url, '--sha256', digest)
    const refused = await luca('pull', 'noise')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, says)
    assert.equal((await luca('pull', 'noise')).code, 0)
    assert.deepEqual(readFileSync(join(folder, 'noise.gguf')), file)
  }
})

test('a redirect to anything but the web is not followed', async () => {
  for (const target of [`file://${source}`, 'ftp://host/noise.gguf', 'data:text/plain,x', 'javascript:0']) {
    const { pulled, asked } = await pulledFrom(302, { location: target })
    assert.equal(pulled.code, 1)
    assert.match(pulled.stderr, /which is not safe/)
    assert.equal(asked.length, 1)
  }
})

test('a server elsewhere can not send us to this machine itself', async () => {
  await using here = await fileServer(file)
  const { port } = new URL(here.origin)
  // A proxy stands for the world outside, since a test has none.
  const outside = createServer((asked, response) => {
    const host = /to=([^&]+)/.exec(asked.url ?? '')?.[1]
    response.writeHead(302, { location: `http://${host}:${port}/noise.gguf` }).end()
  })
  await new Promise<void>((listening) => outside.listen(0, '127.0.0.1', listening))
  const proxy = `http://127.0.0.1:${(outside.address() as { port: number }).port}`
  try {
    for (const host of [
      '127.0.0.1',
      '127.9.9.9',
      'localhost',
      'a.localhost',
      '[::1]',
      '0.0.0.0',
      '169.254.169.254',
      '100.100.100.200',
      '[fd00:ec2::254]',
      '2130706433',
    ]) {
      const { luca } = place({ HTTP_PROXY: proxy })
      await luca('add', 'noise', `http://models.example/noise.gguf?to=${host}`)
      const { code, stderr } = await luca('pull', 'noise')
      assert.equal(code, 1, host)
      assert.match(stderr, /it redirects to .*, which is this machine itself/, host)
    }
    assert.equal(here.ranges.length, 0)
  } finally {
    outside.closeAllConnections()
    outside.close()
  }
})

test('this machine is known by its addresses, and by names that stand for them', async () => {
  for (const host of [
    '127.0.0.1',
    '::1',
    '[::1]',
    '::',
    '::ffff:127.0.0.1',
    '169.254.1.1',
    'fe80::1',
    '0.0.0.0',
  ])
    assert.ok(isWithin(host), host)
  for (const host of ['192.0.2.1', '10.0.0.1', '2001:db8::1', 'models.example', 'localhost.example'])
    assert.ok(!isWithin(host), host)
  const error = await new Promise<Error | null>((found) => lookupOutside('localhost', {}, found))
  assert.match(error?.message ?? '', /localhost is this machine itself/)
})

test('a link or a folder where the model is gathered is not followed, and what it points to stays', async () => {
  await using server = await fileServer(file)
  const precious = join(base, 'precious')
  writeFileSync(precious, 'keep me')
  for (const [what, put] of [
    ['link', (path: string) => symlinkSync(precious, path)],
    ['folder', (path: string) => mkdirSync(path)],
  ] as const) {
    const { luca, folder } = place()
    await luca('add', 'noise', server.url)
    put(join(folder, '.noise.gguf.part'))
    const refused = await luca('pull', 'noise')
    assert.equal(refused.code, 1, what)
    assert.match(refused.stderr, /\.noise\.gguf\.part (is a link|can't be written)/)
    assert.equal(readFileSync(precious, 'utf8'), 'keep me')
    assert.ok(!existsSync(join(folder, 'noise.gguf')))
  }
})

test('a file that is added while another is, or while it is pulled, spoils nothing', async () => {
  await using server = await fileServer(file, { cutAfter: 100_000 })
  const { luca, folder, files } = place()
  await luca('add', 'noise', server.url, '--sha256', digest)
  const codes = await Promise.all([
    luca('add', 'noise', source),
    luca('pull', 'noise'),
    luca('add', 'noise', source),
  ])
  assert.ok(codes.some(({ code }) => code === 0))
  for (const { code, stderr } of codes) assert.ok(code === 0 || code === 5, stderr)
  assert.deepEqual(readFileSync(join(folder, 'noise.gguf')), file)
  assert.deepEqual(files(), ['noise.gguf', 'registry.json'])
})
