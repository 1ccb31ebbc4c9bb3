import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generateModel } from '../../models/testing/generate.ts'
import { fileServer } from './testing/file-server.ts'
import { places } from './testing/place.ts'

const made = places()
const { base, source, file, digest, place } = made
after(() => made[Symbol.dispose]())

test('a model comes from its address, is checked, and is found', async () => {
  await using server = await fileServer(file)
  const { luca, files, folder } = place()
  assert.equal((await luca('add', 'noise', server.url, '--sha256', digest)).code, 0)
  const pulled = await luca('pull', 'noise', '--json')
  assert.equal(pulled.code, 0, pulled.stderr)
  const { path, bytes, sha256, verified } = JSON.parse(pulled.stdout)
  assert.deepEqual([path, bytes, sha256, verified], [join(folder, 'noise.gguf'), file.length, digest, true])
  assert.deepEqual(files(), ['noise.gguf', 'registry.json'])
  const { here } = JSON.parse((await luca('list', '--json')).stdout)
  assert.deepEqual(
    here.map((model: { id: string; kind: string; default: boolean }) => [
      model.id,
      model.kind,
      model.default,
    ]),
    [['noise', 'chat', true]],
  )
})

test('a connection that breaks again and again is gone on with where it broke', async () => {
  await using server = await fileServer(file, { cutAfter: 200_000 })
  const { luca, folder } = place()
  await luca('add', 'noise', server.url, '--sha256', digest)
  const pulled = await luca('pull', 'noise')
  assert.equal(pulled.code, 0, pulled.stderr)
  assert.deepEqual(readFileSync(join(folder, 'noise.gguf')), file)
  assert.deepEqual(server.ranges.slice(0, 2), [undefined, 'bytes=200000-'])
})

test('a pull that was broken off goes on at the next, and starts over where the file was replaced', async () => {
  let isGone = false
  await using server = await fileServer(file, {
    cutAfter: 200_000,
    intercept(_, response, count) {
      isGone = count === 2
      if (isGone) response.writeHead(404).end()
      return isGone
    },
  })
  const { luca, files, folder } = place()
  await luca('add', 'noise', server.url)
  const broken = await luca('pull', 'noise')
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /it answered 404\. The partial download is kept/)
  assert.deepEqual(files(), ['.noise.gguf.part', '.noise.gguf.part.json', 'registry.json'])
  assert.equal((await luca('pull', 'noise')).code, 0)
  assert.equal(server.ranges[2], 'bytes=200000-')
  assert.deepEqual(readFileSync(join(folder, 'noise.gguf')), file)

  const other = join(base, 'other.gguf')
  generateModel(other, { seed: 2 })
  const second = place()
  await using changing = await fileServer(file, {
    cutAfter: 200_000,
    intercept: (_, response, count) => count === 2 && !!response.writeHead(404).end(),
  })
  await second.luca('add', 'noise', changing.url)
  await second.luca('pull', 'noise')
  changing.replace(readFileSync(other))
  assert.equal((await second.luca('pull', 'noise')).code, 0)
  assert.deepEqual(readFileSync(join(second.folder, 'noise.gguf')), readFileSync(other))
})

test('a server that stumbles is asked again, one that has not the file is not', async () => {
  await using server = await fileServer(file, {
    intercept: (_, response, count) => count === 1 && !!response.writeHead(503).end(),
  })
  const { luca } = place()
  await luca('add', 'noise', server.url)
  assert.equal((await luca('pull', 'noise')).code, 0)
  assert.equal(server.ranges.length, 2)
  await using empty = await fileServer(file, { intercept: (_, response) => !!response.writeHead(403).end() })
  await luca('add', 'other', empty.url)
  const refused = await luca('pull', 'other')
  assert.match(refused.stderr, /it answered 403/)
  assert.equal(empty.ranges.length, 1)
})

test('what has another digest is thrown away, and says which it has', async () => {
  await using server = await fileServer(file)
  const { luca, files } = place()
  await luca('add', 'noise', server.url, '--sha256', '0'.repeat(64))
  const refused = await luca('pull', 'noise')
  assert.equal(refused.code, 1)
  assert.ok(refused.stderr.includes(digest))
  assert.deepEqual(files(), ['registry.json'])
  assert.equal((await luca('pull', 'noise', '--sha256', digest.toUpperCase())).code, 0)
})

test('without a digest the one that came is shown, and must be the same from then on', async () => {
  await using server = await fileServer(file)
  const { luca } = place()
  await luca('add', 'noise', server.url)
  const first = await luca('pull', 'noise')
  assert.ok(first.stdout.includes(`sha256 ${digest}`))
  assert.match(first.stderr, /its SHA-256 was not known before/)
  const other = join(base, 'again.gguf')
  generateModel(other, { seed: 3 })
  server.replace(readFileSync(other))
  assert.match((await luca('pull', 'noise')).stderr, /The download is not the model/)
})

test('what is no model does not land, whatever its digest', async () => {
  await using server = await fileServer(Buffer.from('<html>not found, but with status 200</html>'))
  const { luca, files } = place()
  await luca('add', 'noise', server.url)
  assert.match((await luca('pull', 'noise')).stderr, /not a usable model: it is no GGUF file/)
  assert.deepEqual(files(), ['registry.json'])
})

test('a redirect is followed, to another server too, but not in circles', async () => {
  await using store = await fileServer(file)
  await using server = await fileServer(file, {
    intercept: (_, response) => !!response.writeHead(302, { location: store.url }).end(),
  })
  await using circle = await fileServer(file, {
    intercept: (asked, response) => !!response.writeHead(302, { location: asked.url }).end(),
  })
  const { luca } = place()
  await luca('add', 'noise', server.url)
  assert.equal((await luca('pull', 'noise')).code, 0)
  await luca('add', 'round', circle.url)
  assert.match((await luca('pull', 'round')).stderr, /redirects more than 5 times/)
})

test('a mirror, a folder and a file stand in for the address', async () => {
  await using mirror = await fileServer(file)
  const { luca } = place()
  await luca('add', 'noise', 'https://nowhere.invalid/noise.gguf', '--sha256', digest)
  for (const from of [`${mirror.origin}/models/`, mirror.url, base, source]) {
    const pulled = await luca('pull', 'noise', '--from', from)
    assert.equal(pulled.code, 0, pulled.stderr)
    await luca('use', 'noise')
  }
  assert.match(
    (await luca('pull', 'noise', '--from', join(base, 'missing'))).stderr,
    /neither a file nor a folder/,
  )
})

test('the proxy of the environment is used, but for whom it excludes', async () => {
  await using server = await fileServer(file)
  const proxied: string[] = []
  const proxy = createServer((asked, response) => {
    proxied.push(asked.url ?? '')
    asked.pipe(
      request(asked.url ?? '', { headers: asked.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      }),
    )
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const { luca } = place({ HTTP_PROXY: address })
  await luca('add', 'noise', server.url)
  assert.equal((await luca('pull', 'noise')).code, 0)
  assert.deepEqual(proxied, [server.url])
  const direct = place({ HTTP_PROXY: address, NO_PROXY: '127.0.0.1' })
  await direct.luca('add', 'noise', server.url)
  assert.equal((await direct.luca('pull', 'noise')).code, 0)
  assert.equal(proxied.length, 1)
  proxy.closeAllConnections()
  proxy.close()
})

test('HTTPS goes through the proxy as a tunnel', async () => {
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', (asked, socket) => {
    tunnels.push(asked.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { luca } = place({ HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` })
  await luca('add', 'noise', 'https://models.example/noise.gguf')
  assert.equal((await luca('pull', 'noise')).code, 1)
  assert.equal(tunnels[0], 'models.example:443')
  proxy.closeAllConnections()
  proxy.close()
})

test('two pulls of one model do not get into each other’s way', async () => {
  await using server = await fileServer(file, { cutAfter: 150_000 })
  const { luca, folder } = place()
  await luca('add', 'noise', server.url, '--sha256', digest)
  const [one, two] = await Promise.all([luca('pull', 'noise'), luca('pull', 'noise')])
  assert.deepEqual([one.code, two.code].sort(), [0, 5])
  assert.deepEqual(readFileSync(join(folder, 'noise.gguf')), file)
})

test('a file is added, chosen, looked at and removed', async () => {
  const { luca, files } = place()
  assert.equal((await luca('add', 'a', source)).code, 0)
  assert.equal((await luca('add', 'b', source, '--sha256', digest)).code, 0)
  assert.equal((await luca('use', 'b')).stdout, 'b is the one for chat, from the next request on.\n')
  const choices = ['--threads', '2', '--context', '1024', '--memory', '1G', '--gpu', 'off']
  const set = await luca('settings', ...choices, '--json')
  assert.deepEqual(JSON.parse(set.stdout), {
    default: { chat: 'b' },
    gpu: 'off',
    threads: 2,
    context: 1024,
    memoryMb: 1073,
  })
  const taken = await luca('settings', '--threads', 'auto')
  assert.match(taken.stdout, /^threads +measured +--threads N\|auto$/m)
  assert.match(taken.stdout, /It applies from the next request on\./)
  const shown = await luca('settings')
  assert.match(shown.stdout, /^chat +b +"luca model use NAME" chooses another\nembeddings +none is here/)
  assert.match(shown.stdout, /^context +1024 tokens +--context N\|auto$/m)
  assert.doesNotMatch(shown.stdout, /It holds/)
  const { here } = JSON.parse((await luca('list', '--json')).stdout)
  assert.deepEqual(
    here.map((model: { id: string; default: boolean }) => [model.id, model.default]),
    [
      ['a', false],
      ['b', true],
    ],
  )
  const info = JSON.parse((await luca('info', 'a', '--json')).stdout)
  assert.deepEqual([info.kind, info.architecture, info.fits, info.context], ['chat', 'llama', true, 1024])
  assert.equal((await luca('remove', 'a')).code, 0)
  assert.deepEqual(files(), ['b.gguf', 'settings.json'])
})

test('what is not understood is refused with the way on', async () => {
  const { luca, folder } = place()
  for (const [words, code, says] of [
    [['pull', 'nothing'], 2, /"luca model add nothing URL"/],
    [['pull', '../evil'], 2, /can't be a model's name/],
    [['add', '..', source], 2, /can't be a model's name/],
    [['remove', '../../etc/passwd'], 2, /can't be a model's name/],
    [['add', 'x', 'ftp://host/x.gguf'], 2, /no http\(s\) address/],
    [['add', 'x', source, '--sha256', 'abc'], 2, /64 hexadecimal digits/],
    [['use', 'qwen3-4b'], 2, /"luca model pull qwen3-4b" gets it/],
    [['settings', '--threads', '0'], 2, /"threads"/],
    [['settings', '--gpu', 'magic'], 2, /none of auto, cuda/],
    [['remove', 'nothing'], 2, /no model "nothing"/],
    [['bench'], 1, /no model to measure/],
    [['list', '--threads', '2'], 2, /--threads belongs to settings/],
    [['frobnicate'], 2, /there is no "frobnicate"; usage: luca model list/],
  ] as const) {
    const refused = await luca(...words)
    assert.equal(refused.code, code, `${words.join(' ')}: ${refused.stderr}`)
    assert.match(refused.stderr, says)
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'registry.json'), '{"models": [{"name": "x"}]}')
  assert.match((await luca('list')).stderr, /registry\.json can't be read/)
  rmSync(join(folder, 'registry.json'))
  writeFileSync(join(folder, 'broken.gguf'), 'x')
  assert.match((await luca('list')).stdout, /broken .* not usable: it is no GGUF file/)
  assert.match((await luca('use', 'broken')).stderr, /can't be used/)
})

test('the registry has all that is promised of each model', async () => {
  const { REGISTRY } = await import('../../models/registry.ts')
  assert.ok(REGISTRY.length >= 6)
  assert.equal(new Set(REGISTRY.map(({ name }) => name)).size, REGISTRY.length)
  for (const model of REGISTRY) {
    assert.match(model.url, /^https:\/\/[^ ]+\.gguf$/, model.name)
    assert.ok(model.sha256 === null || /^[0-9a-f]{64}$/.test(model.sha256), model.name)
    assert.ok(model.memory > model.size && model.context >= 512, model.name)
    assert.ok(model.licence !== '' && model.summary !== '', model.name)
  }
})
