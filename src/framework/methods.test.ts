import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineServer } from '../protocol/define.ts'
import { CURRENT_VERSION, META } from '../protocol/mcp.ts'
import { harness } from './harness.ts'
import { compileValidators } from './testing/compile-validators.ts'
import { CURRENT_META, RawClient } from './testing/raw-client.ts'
import { sampleServer } from './testing/sample-server.ts'

async function start() {
  const { server, validators } = sampleServer()
  const running = await harness(server, validators)
  return {
    running,
    request: running.connection.request.bind(running.connection),
    [Symbol.asyncDispose]: () => running.close(),
  }
}

test('discover tells version, capabilities, guidance and who the server is', async () => {
  await using it = await start()
  assert.deepEqual(await it.request('server/discover'), {
    resultType: 'complete',
    supportedVersions: [CURRENT_VERSION],
    capabilities: {
      logging: {},
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      completions: {},
    },
    instructions: 'Use it in tests.',
    ttlMs: 300_000,
    cacheScope: 'public',
    _meta: {
      [META.serverInfo]: {
        name: 'sample',
        title: 'Sample',
        version: '1.2.3',
        description: 'A server for tests',
      },
    },
  })
})

test('methods of the session era and unknown ones are not found', async () => {
  await using it = await start()
  for (const method of [
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'no/such',
    'constructor',
  ])
    await assert.rejects(it.request(method), { code: -32601 })
})

test('a server that has only tools answers nothing else, and says so', async () => {
  const { server } = sampleServer()
  const { prompts: _, resources: __, ...rest } = server
  const bare = defineServer({ ...rest, scope: 'user', listChanged: false, subscribe: false })
  await using running = await harness(bare, compileValidators(bare))
  const { capabilities, cacheScope } = await running.connection.request('server/discover')
  assert.deepEqual(capabilities, { logging: {}, tools: {} })
  assert.equal(cacheScope, 'private')
  for (const method of [
    'prompts/list',
    'prompts/get',
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'completion/complete',
  ])
    await assert.rejects(running.connection.request(method), { code: -32601, message: /server\/discover/ })
})

const INCOMPLETE: [string, unknown, number, RegExp][] = [
  ['no _meta', undefined, -32602, /_meta/],
  ['a _meta that is an array', [], -32602, /_meta/],
  ['no version', { [META.clientCapabilities]: {} }, -32602, /protocolVersion/],
  ['no capabilities', { [META.version]: CURRENT_VERSION }, -32602, /clientCapabilities/],
  [
    'capabilities that are no object',
    { ...CURRENT_META, [META.clientCapabilities]: [] },
    -32602,
    /clientCapabilities/,
  ],
  ['another version', { ...CURRENT_META, [META.version]: '2025-11-25' }, -32022, /2026-07-28/],
  ['a progress token that is an object', { ...CURRENT_META, progressToken: {} }, -32602, /progressToken/],
  ['an unknown log level', { ...CURRENT_META, [META.logLevel]: 'loud' }, -32602, /debug/],
]
for (const [what, _meta, code, message] of INCOMPLETE)
  test(`a request with ${what} is refused with ${code}`, async () => {
    await using it = await start()
    const raw = new RawClient(it.running.stream())
    raw.request(1, 'tools/list', { _meta })
    const { error } = await raw.next()
    assert.equal(error.code, code)
    assert.match(error.message, message)
    if (code === -32022)
      assert.deepEqual(error.data, { supported: [CURRENT_VERSION], requested: '2025-11-25' })
  })

test('a prompt is listed and got with its arguments', async () => {
  await using it = await start()
  const { prompts } = await it.request('prompts/list')
  assert.deepEqual((prompts as unknown[])[0], {
    name: 'greet',
    description: 'Greets',
    arguments: [{ name: 'who', required: true }, { name: 'how' }],
  })
  assert.deepEqual(await it.request('prompts/get', { name: 'greet', arguments: { who: 'Ada' } }), {
    resultType: 'complete',
    description: 'A greeting',
    messages: [{ role: 'user', content: { type: 'text', text: 'Hello, Ada' } }],
  })
})

test('a prompt that is unknown, lacks an argument or gets one that is no text is refused', async () => {
  await using it = await start()
  const get = (name: unknown, args?: unknown) => it.request('prompts/get', { name, arguments: args })
  await assert.rejects(get('great'), { code: -32602, message: /Did you mean "greet"/ })
  await assert.rejects(get(undefined), { code: -32602, message: /name/ })
  await assert.rejects(get('greet', {}), { code: -32602, message: /needs "who"/ })
  await assert.rejects(get('greet', { who: 5 }), { code: -32602, message: /strings/ })
  await assert.rejects(get('greet', ['a']), { code: -32602, message: /strings/ })
})

test('resources and templates are listed apart and read by either', async () => {
  await using it = await start()
  assert.deepEqual((await it.request('resources/list')).resources, [{ uri: 'sample://one', name: 'one' }])
  assert.deepEqual((await it.request('resources/templates/list')).resourceTemplates, [
    { uriTemplate: 'sample://items/{id}', name: 'items' },
  ])
  assert.deepEqual(await it.request('resources/read', { uri: 'sample://one' }), {
    resultType: 'complete',
    contents: [{ uri: 'sample://one', text: 'one' }],
    ttlMs: 5000,
    cacheScope: 'public',
  })
  assert.deepEqual(await it.request('resources/read', { uri: 'sample://items/a%20b' }), {
    resultType: 'complete',
    contents: [{ uri: 'sample://items/a%20b', text: 'item a b' }],
    ttlMs: 0,
    cacheScope: 'private',
  })
})

test('a resource that is not there, unknown or refused is an error that names it', async () => {
  await using it = await start()
  for (const uri of ['sample://items/missing', 'other://x', 'sample://items/a/b'])
    await assert.rejects(it.request('resources/read', { uri }), {
      code: -32602,
      message: /not found/,
      data: { uri },
    })
  const uri = 'sample://items/refused'
  await assert.rejects(it.request('resources/read', { uri }), {
    code: -32602,
    message: /locked/,
    data: { uri },
  })
  await assert.rejects(it.request('resources/read', {}), { code: -32602, message: /uri/ })
})

test('arguments of prompts and variables of templates are completed, a hundred at most', async () => {
  await using it = await start()
  const complete = async (ref: unknown, argument: unknown) =>
    (await it.request('completion/complete', { ref, argument })).completion as Record<string, unknown>
  const prompt = { type: 'ref/prompt', name: 'greet' }
  const all = await complete(prompt, { name: 'who', value: '' })
  assert.equal((all.values as string[]).length, 100)
  assert.deepEqual([all.total, all.hasMore], [150, true])
  assert.deepEqual(await complete(prompt, { name: 'how', value: 'how14' }), {
    values: ['how14', ...Array.from({ length: 10 }, (_, i) => `how14${i}`)],
    total: 11,
    hasMore: false,
  })
  const template = { type: 'ref/resource', uri: 'sample://items/{id}' }
  assert.deepEqual((await complete(template, { name: 'id', value: 'gr' })).values, ['green'])
  assert.deepEqual(
    (await complete({ type: 'ref/prompt', name: 'greet' }, { name: 'who', value: 'zz' })).values,
    [],
  )
})

test('completing what is not there is refused', async () => {
  await using it = await start()
  const bad = (ref: unknown, argument: unknown, message: RegExp) =>
    assert.rejects(it.request('completion/complete', { ref, argument }), { code: -32602, message })
  const argument = { name: 'who', value: '' }
  await bad({ type: 'ref/prompt', name: 'nobody' }, argument, /prompt/)
  await bad({ type: 'ref/prompt', name: 'greet' }, { name: 'age', value: '' }, /who, how/)
  await bad({ type: 'ref/prompt', name: 'asking' }, argument, /none/)
  await bad({ type: 'ref/resource', uri: 'sample://one' }, argument, /template/)
  await bad({ type: 'ref/tool' }, argument, /ref/)
  await bad(undefined, argument, /ref/)
  await bad({ type: 'ref/prompt', name: 'greet' }, { name: 'who' }, /value/)
})

test('a list of more than a thousand comes in pages, by cursors that were given only', async () => {
  const { server } = sampleServer()
  const [pattern] = server.prompts ?? []
  assert.ok(pattern)
  const many = defineServer({
    ...server,
    prompts: Array.from({ length: 2500 }, (_, i) => ({ ...pattern, name: `p${i}` })),
  })
  await using running = await harness(many, compileValidators(many))
  const names: string[] = []
  let cursor: unknown
  do {
    const page = await running.connection.request('prompts/list', cursor === undefined ? {} : { cursor })
    names.push(...(page.prompts as { name: string }[]).map(({ name }) => name))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  assert.equal(new Set(names).size, 2500)
  for (const none of ['', null]) {
    const { prompts } = await running.connection.request('prompts/list', { cursor: none })
    assert.equal((prompts as { name: string }[])[0]?.name, names[0])
  }
  for (const invented of ['x', 'prompts@0', 'prompts@7', 'prompts@3000', 'tools@1000', 5])
    await assert.rejects(running.connection.request('prompts/list', { cursor: invented }), { code: -32602 })
  await assert.rejects(running.connection.request('tools/list', { cursor: 'tools@1000' }), { code: -32602 })
})
