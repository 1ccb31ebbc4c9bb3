/** Servers of others with the quirks that those of the field have: none makes them useless, or holds up who calls. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { ROOT, until } from './support/appliance.ts'
import { callTool, post } from './support/http.ts'
import { connectCurrent, connectLegacy } from './support/official-clients.ts'
import { processes } from './support/processes.ts'
import { a, add, folder, server, textOf } from './support/third-party.ts'

const ODD = join(ROOT, 'test/odd-server/main.mjs')
const odd = (name: string, script: object, ...words: string[]) =>
  add(name, ODD, JSON.stringify(script), ...words)
const called = async (name: string, args: object = {}) => (await callTool(a.url, a.token, name, args)).json
const tool = (name: string, more: object = {}) => ({
  name,
  description: name,
  inputSchema: { type: 'object' },
  ...more,
})

// How a server starts.

test('one that ends on whatever comes before its handshake is started again for it, and not asked later', async () => {
  await odd('strict', { strict: true })
  assert.equal(textOf(await callTool(a.url, a.token, 'strict_echo', { x: 1 })), 'echo: {"x":1}')
})

test('one that knows no handshake is spoken to without one, at once and later', async () => {
  await odd('current', {
    era: 'current',
    'tools/call': { result: { resultType: 'complete', content: [{ type: 'text', text: 'of today' }] } },
  })
  assert.equal(textOf(await callTool(a.url, a.token, 'current_echo')), 'of today')
})

test('one that takes its time to start is waited for, and who waits reads the last that it said', async () => {
  await odd('slow', { starts: 6000, words: ['Loading the model.', 'Half of it is there.'] }, 'word-slow')
  for (const pid of processes('word-slow')) process.kill(pid, 'SIGKILL')
  const client = await connectLegacy({ url: a.url, token: a.token })
  const told: (string | undefined)[] = []
  const result = await client.callTool({ name: 'slow_echo', arguments: {} }, undefined, {
    onprogress: ({ message }) => void told.push(message),
  })
  assert.match(JSON.stringify(result), /echo/)
  assert.ok(told.includes('starting: Half of it is there.'), told.join())
  await client.close()
})

test('why one can not be used is its own end, never ours', async () => {
  const refusal = await server(
    'add',
    'ends',
    '--',
    process.execPath,
    ODD,
    JSON.stringify({ initialize: { exit: 3 }, 'server/discover': { exit: 3 } }),
  )
  assert.notEqual(refusal.code, 0)
  assert.match(refusal.stderr, /It exited with 3 before it answered/)
  assert.doesNotMatch(refusal.stderr, /SIGTERM|SIGKILL/)
  assert.ok(!existsSync(join(a.state, 'lib/ends')), 'nothing of it is left')
})

// What a server offers.

test('what does not fit is left out by itself, with a sentence in the list, and the rest works', async () => {
  const tools = [
    tool('fine'),
    tool('nulls', {
      title: null,
      description: null,
      annotations: null,
      outputSchema: null,
      inputSchema: {
        type: 'object',
        required: null,
        properties: { a: { type: 'string', description: null } },
      },
    }),
    tool('bare', { inputSchema: null }),
    tool('wrong', { inputSchema: { type: 'string' } }),
    tool('worse', { inputSchema: 'none' }),
    { name: 7, inputSchema: {} },
    tool('Übersicht.neu'),
    tool('a/very/long/name/that/no/client/would/take/because/it/is/so/long'),
  ]
  const { tools: kept } = await odd('pieces', {
    capabilities: { tools: {}, resources: {}, prompts: {} },
    'tools/list': { result: { tools, nextCursor: null } },
    'resources/templates/list': { error: { code: -32601, message: 'no' } },
    resources: [{ uri: 'pieces://a' }, { uri: 7 }, null],
    prompts: [
      { name: 'p', arguments: null },
      { name: 'q', arguments: 'none' },
    ],
  })
  assert.deepEqual(kept.slice(0, 3), ['fine', 'nulls', 'bare'])
  assert.equal(kept.length, 5)
  const { stderr } = await server('list')
  for (const remark of [
    /pieces: the tool "wrong" is left out: its inputSchema is not of the type "object"/,
    /"worse" is left out: its inputSchema is no object/,
    /its name is no text/,
    /its address is no text/,
    /the prompt "q" is left out: its arguments/,
  ])
    assert.match(stderr, remark)
  const listed = (await post(`${a.url}/pieces`, a.token, 'tools/list')).json.result.tools
  assert.deepEqual(listed[1].inputSchema, { type: 'object', properties: { a: { type: 'string' } } })
  for (const { name, title, _meta } of listed.slice(3)) {
    assert.match(`pieces_${name}`, /^[a-zA-Z0-9_-]{1,64}$/)
    assert.equal(title, _meta['io.llmbasedos/originalName'])
    assert.equal((await called(`pieces_${name}`)).result.content[0].text, `${title}: {}`)
  }
  assert.equal(
    (await post(a.url, a.token, 'resources/read', { uri: 'pieces://a' })).json.result.contents.length,
    1,
  )
  // The official clients take all of it.
  for (const client of [
    await connectLegacy({ url: a.url, token: a.token }),
    await connectCurrent({ url: a.url, token: a.token }),
  ]) {
    assert.ok((await client.listTools()).tools.some(({ name }) => name === 'pieces_nulls'))
    await client.close()
  }
})

test('tools whose names look alike are distinguished, and each is called by its own', async () => {
  const names = ['read', 're\u200bad', 'read\u00a0', 'r\u202eead']
  const { tools } = await odd('alike', { tools: names.map((name) => tool(name)) })
  assert.equal(new Set(tools).size, names.length)
  for (const [i, name] of tools.entries())
    assert.equal((await called(`alike_${name}`)).result.content[0].text, `${names[i]}: {}`)
})

test('what a server says of itself may have gaps', async () => {
  const version = '2025-06-18'
  for (const [name, result] of Object.entries({
    unsaid: { protocolVersion: version, capabilities: {} },
    nulls: { protocolVersion: version, capabilities: { tools: { listChanged: null }, prompts: null } },
    undated: { capabilities: { tools: true } },
    numbered: { protocolVersion: '1.0', capabilities: { tools: {} } },
    ahead: { protocolVersion: '2030-01-01', capabilities: { tools: {} } },
  })) {
    await odd(name, { initialize: { result } })
    assert.match(textOf(await callTool(a.url, a.token, `${name}_echo`)) ?? '', /^echo/, name)
  }
})

test('a list in pages is read to its end, and one without end is not', async () => {
  const page = { result: { tools: [tool('again')], nextCursor: 'on' } }
  const { tools, remarks } = await odd('endless', { 'tools/list': page })
  assert.deepEqual(tools, ['again'])
  assert.ok(remarks.length > 0)
})

// What it answers.

const NOTICE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}'
const spread = (result: object) => JSON.stringify({ jsonrpc: '2.0', result, id: '$ID' }, undefined, 2)

test('an answer that can not be read ends its call at once, and says where', async () => {
  const text = { type: 'text', text: 'kept' }
  const answers: Record<string, object> = {
    silent: { lines: ['{"jsonrpc":"2.0","id":"$ID","error":{"code":-1}}'] },
    both: {
      lines: [
        '{"jsonrpc":"2.0","id":"$ID","result":{"content":[{"type":"text","text":"kept"}]},"error":null}',
      ],
    },
    neither: { lines: ['{"jsonrpc":"2.0","id":"$ID"}'] },
    unnamed: { lines: ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}'] },
    unversioned: { lines: ['{"id":"$ID","result":{"content":[{"type":"text","text":"kept"}]}}'] },
    nothing: { result: { content: null, isError: null } },
    blob: { result: { content: [text, { type: 'blob', blob: 'AA==' }] } },
    number: { result: 7 },
    nan: { lines: ['{"jsonrpc":"2.0","id":"$ID","result":{"structuredContent":{"a":NaN,"b":"NaN"}}}'] },
    marked: { lines: ['\ufeff{"jsonrpc":"2.0","id":"$ID","result":{"content":"kept"}}'] },
    trailing: { lines: ['{"jsonrpc":"2.0","id":"$ID","result":{"content":"kept"}} and more'] },
    behind: { lines: ['Loading … 100 %{"jsonrpc":"2.0","id":"$ID","result":{"content":"kept"}}'] },
    spread: { lines: [spread({ content: [text] })] },
    windows: { lines: [spread({ content: [text] }).replaceAll('\n', '\r\n')] },
    flat: { lines: [spread({ content: [text] }).replace(/\n +/g, '\n')] },
    batch: { lines: [`[\n${spread({ content: [text] })}\n]`] },
    unended: { bytes: '{"jsonrpc":"2.0","id":"$ID","result":{"content":"kept"}}' },
    'spread-unended': { bytes: spread({ content: [text] }) },
    latin: { bytes: '{"jsonrpc":"2.0","id":"$ID","result":{"content":"kept \u00e9"}}\n' },
    python: { lines: ["{'jsonrpc': '2.0', 'id': \"$ID\", 'result': {'content': []}}"] },
    stops: { lines: ['{', '  "jsonrpc": "2.0",', '  "id": "$ID",', '  "result": {'] },
    'cut-off': { lines: ['{', '  "id": "$ID", "result": {', NOTICE] },
    deep: { lines: [`{"jsonrpc":"2.0","id":"$ID","result":${'['.repeat(9000)}${']'.repeat(9000)}}`] },
    'deep-spread': {
      lines: [`{"jsonrpc":"2.0","id":"$ID",\n"result":${'[\n'.repeat(9000)}${']'.repeat(9000)}}`],
    },
    printed: {
      say: [
        '{"id":"$ID","state":"working"}',
        '{\n  "id": "$ID"\n}',
        'for {"id":"$ID","method":"tools/call"}',
        '{',
      ],
      result: { content: [text] },
    },
    cut: { lines: ['{"jsonrpc":"2.0","id":"$ID","result":{"content":[{"type":"text","te'] },
    image: { result: { content: [text, { type: 'image', data: '@', mimeType: 'image/png' }] } },
    unstructured: { result: { content: [text], structuredContent: ['a'] } },
    older: { result: { toolResult: { a: 1 } } },
  }
  await odd('answers', {
    tools: Object.keys(answers).map((name) => tool(name)),
    ...Object.fromEntries(Object.entries(answers).map(([name, answer]) => [`tools/call ${name}`, answer])),
  })
  const of = async (name: string) => (await called(`answers_${name}`)).result
  assert.match((await of('silent')).content[0].text, /did not say which/)
  assert.equal((await of('silent')).isError, true)
  for (const name of ['both', 'unversioned', 'printed'])
    assert.equal((await of(name)).content[0].text, 'kept', name)
  assert.match((await of('unnamed')).content[0].text, /Parse error/)
  assert.match((await of('neither')).content[0].text, /neither a result nor an error/)
  assert.deepEqual((await of('nothing')).content, [])
  assert.ok(!(await of('nothing')).isError)
  const blob = await of('blob')
  assert.equal(blob.content[0].text, 'kept')
  assert.match(blob.content[1].text, /content\[1\] is of a type that is not known, "blob"/)
  assert.match((await of('number')).content[0].text, /its result is no object/)
  const { content, structuredContent } = await of('nan')
  assert.deepEqual([content[0].text, structuredContent], ['{"a":null,"b":"NaN"}', { a: null, b: 'NaN' }])
  assert.equal((await of('marked')).content[0].text, 'kept')
  for (const name of [
    'trailing',
    'behind',
    'spread',
    'windows',
    'flat',
    'batch',
    'unended',
    'spread-unended',
  ])
    assert.equal((await of(name)).content[0].text, 'kept', name)
  assert.equal((await of('latin')).content[0].text, 'kept \ufffd')
  for (const name of ['cut', 'python', 'stops', 'cut-off']) {
    const { content, isError } = await of(name)
    assert.match(content[0].text, /it is no JSON, or was cut off/, name)
    assert.equal(isError, true)
  }
  for (const name of ['deep', 'deep-spread'])
    assert.match((await of(name)).content[0].text, /it nests deeper than \d+ levels\./, name)
  const image = await of('image')
  assert.equal(image.content[0].text, 'kept')
  assert.match(image.content[1].text, /content\[1\]\.data is no base64/)
  assert.equal((await of('unstructured')).content[0].text, 'kept')
  assert.equal((await of('older')).content[0].text, '{"a":1}')
})

test('schemas of any kind keep no official client from listing the tools of all servers', async () => {
  const properties = { n: { type: 'number' } }
  const named = { type: 'object', $id: 'urn:same', properties: { n: { $id: 'urn:inner', type: 'number' } } }
  const unsound: Record<string, object> = {
    unknown: { type: 'object', properties: { n: { type: 'decimal' } } },
    pattern: { type: 'object', properties: { n: { pattern: '(' } } },
    elsewhere: { type: 'object', properties: { n: { $ref: 'https://example.com/schema' } } },
    dialect: { $schema: 'https://example.com/a-dialect', type: 'object', properties },
    list: { type: 'array' },
  }
  const sound: Record<string, object> = {
    plain: { type: 'object', properties, required: ['n'] },
    named,
    again: { ...named, properties: { n: { $id: 'urn:inner', type: 'string' } } },
    empty: { type: 'object', properties: [], required: {} },
    draft4: { type: 'object', properties: { n: true, m: false } },
  }
  const inputs: Record<string, object> = {
    'of-php': { type: 'object', properties: [], required: {} },
    'of-booleans': {
      type: 'object',
      properties: { a: true, b: false, c: null, d: 'string' },
      required: ['a', 7],
    },
    undated: { $schema: 7, type: 'object', properties: { a: { type: 'string' } } },
  }
  const { remarks } = await odd('schemas', {
    tools: [
      ...Object.entries({ ...unsound, ...sound }).map(([name, outputSchema]) => tool(name, { outputSchema })),
      ...Object.entries(inputs).map(([name, inputSchema]) => tool(name, { inputSchema })),
    ],
  })
  for (const name of Object.keys(unsound))
    assert.ok(
      remarks.some((remark: string) =>
        remark.startsWith(`the outputSchema of the tool "${name}" is left out: `),
      ),
      name,
    )
  assert.equal(remarks.length, Object.keys(unsound).length, remarks.join('\n'))
  for (const connect of [connectLegacy, connectCurrent]) {
    const client = await connect({ url: a.url, token: a.token })
    const tools = new Map((await client.listTools()).tools.map((each) => [each.name, each as Listed]))
    for (const name of Object.keys(unsound))
      assert.equal(tools.get(`schemas_${name}`)?.outputSchema, undefined)
    for (const name of Object.keys(sound)) assert.ok(tools.get(`schemas_${name}`)?.outputSchema, name)
    assert.deepEqual(tools.get('schemas_plain')?.outputSchema, sound.plain)
    assert.deepEqual(tools.get('schemas_of-booleans')?.inputSchema, {
      type: 'object',
      properties: { a: {}, b: { not: {} }, c: {}, d: {} },
      required: ['a'],
    })
    await client.close()
  }
})
interface Listed {
  outputSchema?: object
  inputSchema: object
}

test('an answer that breaks its own schema loses its structure, not its text, for clients of both eras', async () => {
  const text = { type: 'text', text: 'the text' }
  const outputSchema = {
    type: 'object',
    properties: { n: { type: 'number' }, date: { type: 'string', format: 'date' } },
    required: ['n'],
  }
  const answers: Record<string, object> = {
    fits: { content: [text], structuredContent: { n: 1 } },
    nulls: { content: [text], structuredContent: { n: 1, date: null } },
    said: { content: [{ type: 'text', text: '{"n": 1}' }] },
    breaks: { content: [text], structuredContent: { n: 'one' } },
    format: { content: [text], structuredContent: { n: 1, date: 'soon' } },
    lacks: { content: [text] },
    failed: { content: [text], structuredContent: { n: 'one' }, isError: true },
    alone: { structuredContent: { n: 'one' } },
  }
  await odd('broken', {
    tools: Object.keys(answers).map((name) => tool(name, { outputSchema })),
    ...Object.fromEntries(
      Object.entries(answers).map(([name, result]) => [`tools/call ${name}`, { result }]),
    ),
  })
  for (const connect of [connectLegacy, connectCurrent]) {
    const client = await connect({ url: a.url, token: a.token })
    await client.listTools()
    for (const name of Object.keys(answers)) {
      const { content, structuredContent, isError } = (await client.callTool({
        name: `broken_${name}`,
        arguments: {},
      })) as { content: { text: string }[]; structuredContent?: object; isError?: boolean }
      const texts = content.map((block) => block.text)
      const fits = ['fits', 'nulls', 'said'].includes(name)
      assert.deepEqual(structuredContent, fits ? { n: 1 } : undefined, name)
      assert.equal(isError ?? false, !fits, name)
      assert.match(
        texts.at(-1) ?? '',
        name === 'said' ? /"n": 1/ : name === 'alone' ? /one/ : /the text/,
        name,
      )
      if (!fits && name !== 'failed') assert.match(texts[0] ?? '', /^The call was made; do not make it again/)
    }
    await client.close()
  }
  await until('it is told', () => a.log().includes('breaks its own schema'))
})

// Where it runs.

test('a package is installed once, into a folder of its own, and started from there with what its person has', async () => {
  const source = join(folder, 'a-package')
  mkdirSync(source)
  const manifest = { name: 'odd-package', version: '1.0.0', bin: 'main.mjs' }
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest))
  const program = `#!/usr/bin/env node
const { stdin, stdout, env } = process
stdin.setEncoding('utf8').on('data', (text) => { for (const line of text.split('\\n').filter(Boolean)) {
  const { id, method } = JSON.parse(line)
  if (id === undefined) continue
  const result = { initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } },
    'tools/list': { tools: [{ name: 'env', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }] },
    'tools/call': { content: [{ type: 'text', text: JSON.stringify({ path: env.PATH, home: env.HOME, proxy: env.HTTPS_PROXY, node: process.execPath }) }] } }[method]
  stdout.write(JSON.stringify(result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }) + '\\n')
} })
stdin.on('end', () => process.exit())`
  writeFileSync(join(source, 'main.mjs'), program)
  chmodSync(join(source, 'main.mjs'), 0o755)
  const own = join(ROOT, 'node_modules/.bin')
  const theirs = (process.env.PATH ?? '').split(delimiter).filter((each) => each !== own)
  const home = join(folder, 'home')
  mkdirSync(home)
  const env = {
    ...process.env,
    PATH: [own, ...theirs].join(delimiter),
    HOME: home,
    HTTPS_PROXY: 'http://proxy.invalid:1',
  }
  const adding = spawn(
    join(ROOT, 'bin/luca'),
    ['server', 'add', 'packaged', '--state', a.state, '--', 'npx', '-y', source],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  adding.stderr.on('data', (part) => {
    said += part
  })
  const [code] = await once(adding, 'exit')
  assert.equal(code, 0, said)
  assert.ok(existsSync(join(a.state, 'lib/programs/packaged/node_modules/.bin')))
  const seen = JSON.parse(textOf(await callTool(a.url, a.token, 'packaged_env')) ?? '')
  assert.deepEqual(
    [seen.path, seen.home, seen.proxy],
    [theirs.join(delimiter), home, 'http://proxy.invalid:1'],
  )
  assert.notEqual(dirname(seen.node), own)
  assert.match((await server('list')).stdout, /packaged +1 +on +npx -y/)
  assert.equal((await server('test', 'packaged')).code, 0)
  assert.equal((await server('remove', 'packaged')).code, 0)
  assert.ok(!existsSync(join(a.state, 'lib/programs/packaged')))
})

test('an installation that is interrupted leaves no process and nothing half installed', async () => {
  const source = join(folder, 'slow-package')
  mkdirSync(source)
  const preinstall = 'node -e "setTimeout(() => {}, 60000)" word-preinstall'
  const manifest = { name: 'slow-package', version: '1.0.0', bin: 'main.mjs', scripts: { preinstall } }
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(source, 'main.mjs'), '')
  await once(spawn('npm', ['pack', '--silent'], { cwd: source, stdio: 'ignore' }), 'exit')
  const words = [
    'server',
    'add',
    'halted',
    '--state',
    a.state,
    '--',
    'npx',
    '-y',
    join(source, 'slow-package-1.0.0.tgz'),
  ]
  const adding = spawn(join(ROOT, 'bin/luca'), words, { stdio: 'ignore' })
  const ended = once(adding, 'exit')
  await until('it is being installed', () => processes('word-preinstall').length > 0)
  adding.kill('SIGINT')
  await ended
  await until('nothing runs', () => processes('word-preinstall').length === 0)
  assert.ok(!existsSync(join(a.state, 'lib/programs/halted')))
  assert.ok(!existsSync(join(a.state, 'lib/servers/halted')))
})

test('a package that can not be installed is reported in the words of its manager, and nothing is left', async () => {
  const { code, stderr } = await server('add', 'nowhere', '--', 'npx', '-y', join(folder, 'no-such-package'))
  assert.notEqual(code, 0)
  assert.match(stderr, /could not be installed: npm failed with \d+/)
  assert.ok(!existsSync(join(a.state, 'lib/programs/nowhere')))
})

test('a program that is not on the path is reported, with what may be done without it', async () => {
  const told = async (...command: string[]) => (await server('add', 'absent', '--', ...command)).stderr
  assert.match(
    await told('no-such-server'),
    /There is no program "no-such-server" on the PATH that the server is given/,
  )
  // As on the appliance, which has none.
  const words = ['server', 'add', 'absent', '--state', a.state, '--', 'uv', 'run', 'server.py']
  const env = { ...process.env, PATH: join(folder, 'nothing') }
  const adding = spawn(process.execPath, [join(ROOT, 'dist/luca.mjs'), ...words], { env })
  let said = ''
  adding.stderr.on('data', (part) => {
    said += part
  })
  await once(adding, 'exit')
  assert.match(said, /There is no program "uv" .* "uvx PACKAGE" runs is installed by pip/s)
})
