/** Tokens that were made for some tools, or are trusted with some, at every entry of the real appliance. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, FIXTURE_SERVER, startAppliance } from './support/appliance.ts'
import { callTool, post, send } from './support/http.ts'
import { connectWebSocket } from './support/v1-client.ts'

let a: Appliance
let chosen: string
before(async () => {
  a = await startAppliance(FIXTURE_SERVER)
  await writeFile(join(a.files, 'a.txt'), 'hello')
  chosen = await made('chosen', '--tools', 'fs_read*,time_*,fs_list_directory')
})
after(() => a?.stop())

async function made(name: string, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await a.luca(['token', 'create', name, ...options, '--json'])
  assert.equal(stderr, '')
  return JSON.parse(stdout).token
}

const FORBIDDEN = -32002
const isChosen = (name: string) => /^(fs_read|time_)|^fs_list_directory$/.test(name)
const namesIn = (items: { name: string }[]) => items.map(({ name }) => name)
const rest = (method: string, path: string, body?: object) =>
  send(`${a.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${chosen}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

test('the lists have the chosen tools alone, at both endpoints and over plain HTTP', async () => {
  const all = namesIn((await post(a.url, a.token, 'tools/list')).json.result.tools)
  const names = namesIn((await post(a.url, chosen, 'tools/list')).json.result.tools)
  assert.deepEqual(names, all.filter(isChosen))
  assert.ok(names.length > 4 && names.length < all.length)
  const ofFs = namesIn((await post(`${a.url}/fs`, chosen, 'tools/list')).json.result.tools)
  assert.deepEqual(
    ofFs,
    names.filter((name) => name.startsWith('fs_')).map((name) => name.slice(3)),
  )
  for (const path of ['/mcp/tools', '/tools'])
    assert.deepEqual(namesIn((await rest('GET', path)).json.tools), names)
  const { instructions } = (await post(a.url, chosen, 'server/discover')).json.result
  assert.match(instructions, /fs: /)
  assert.doesNotMatch(instructions, /fixture/)
})

test('the others can’t be called, by any name', async () => {
  const read = (url: string, name: string) => callTool(url, chosen, name, { path: '/a.txt' })
  assert.equal((await read(a.url, 'fs_read_text_file')).json.result.content[0].text, 'hello')
  assert.equal((await read(`${a.url}/fs`, 'read_text_file')).json.result.content[0].text, 'hello')
  const args = { path: '/b.txt', content: 'x' }
  for (const reply of [
    await callTool(a.url, chosen, 'fs_write_file', args),
    await callTool(`${a.url}/fs`, chosen, 'write_file', args),
    await callTool(a.url, chosen, 'call_tool', { name: 'fs_write_file', args }),
    await callTool(`${a.url}?tools=search`, chosen, 'call_tool', { name: 'fs_write_file', args }),
    await callTool(a.url, chosen, 'llm_chat', { prompt: 'x' }),
  ]) {
    assert.equal(reply.status, 403)
    assert.equal(reply.json.error.code, FORBIDDEN)
    assert.match(reply.json.error.message, /it was made for fs_read\*, time_\*, fs_list_directory/)
  }
  for (const [path, body] of [
    ['/mcp/tools/fs_write_file', args],
    ['/execute', { name: 'fs_write_file', parameters: args }],
  ] as const) {
    const reply = await rest('POST', path, body)
    assert.equal(reply.status, 403)
    assert.equal(reply.json.error.code, FORBIDDEN)
  }
})

test('the search finds and describes the chosen ones alone', async () => {
  const url = `${a.url}?tools=search`
  const found = await callTool(url, chosen, 'search_tools', { query: 'file write delete time', limit: 100 })
  const names = namesIn(found.json.result.structuredContent.tools)
  assert.ok(names.length > 0 && names.every(isChosen))
  const details = await callTool(url, chosen, 'get_tool_details', { name: 'fs_write_file' })
  assert.equal(details.json.result.isError, true)
})

test('v1 methods go by their own names', async () => {
  const older = await connectWebSocket(a.origin, { token: chosen })
  const hello = (await older.call('mcp.hello')).result as string[]
  assert.ok(hello.includes('mcp.fs.read') && hello.includes('mcp.time.convert_time'))
  assert.ok(!hello.includes('mcp.fs.write') && !hello.includes('mcp.fs.list'))
  const services = (await older.call('mcp.listCapabilities')).result as { service_name: string }[]
  assert.ok(!services.some(({ service_name }) => service_name === 'fixture'))
  assert.ok((await older.call('mcp.fs.read', ['/a.txt'])).result)
  for (const method of ['mcp.fs.write', 'mcp.fs.write_file', 'mcp.fs.list', 'mcp.fs.delete'])
    assert.equal((await older.call(method, ['/a.txt', 'x'])).error.code, FORBIDDEN, method)
  older.close()
})

test('prompts, resources and their completions of other servers are out of reach too', async () => {
  for (const [method, key] of [
    ['prompts/list', 'prompts'],
    ['resources/list', 'resources'],
    ['resources/templates/list', 'resourceTemplates'],
  ] as const) {
    assert.notDeepEqual((await post(a.url, a.token, method)).json.result[key], [])
    assert.deepEqual((await post(a.url, chosen, method)).json.result[key], [], method)
  }
  const { resources } = (await post(a.url, a.token, 'resources/list')).json.result
  const { prompts } = (await post(a.url, a.token, 'prompts/list')).json.result
  const ref = { type: 'ref/prompt', name: prompts[0].name }
  for (const reply of [
    await post(a.url, chosen, 'resources/read', { uri: resources[0].uri }),
    await post(a.url, chosen, 'prompts/get', { name: prompts[0].name }),
    await post(a.url, chosen, 'completion/complete', { ref, argument: { name: 'x', value: '' } }),
  ])
    assert.equal(reply.json.error.code, FORBIDDEN)
})

test('language models are no tools: the models of /v1 are there for every token', async () => {
  assert.equal((await rest('GET', '/v1/models')).status, 200)
})

test('patterns that name nothing make no token, and the list shows what each was made for', async () => {
  for (const options of [
    ['--tools', 'fz_*'],
    ['--tools', ''],
    ['--tools', 'fs_*,'],
    ['--trust', 'fs.wirte'],
    ['--trust', 'time.read'],
  ]) {
    const { code, stderr } = await a.luca(['token', 'create', 'odd', ...options])
    assert.notEqual(code, 0, options.join(' '))
    assert.match(stderr, /named|needs a value/)
  }
  await made('trusted', '--trust', 'fs.write,fs.delete')
  const { stdout } = await a.luca(['token', 'list'])
  assert.match(stdout, /^ID .* TOOLS +TRUST$/m)
  assert.match(stdout, / chosen .* fs_read\*,time_\*,fs_list_directory +nothing$/m)
  assert.match(stdout, / trusted .* all +fs\.write,fs\.delete$/m)
})

test('a token that is trusted is not asked about that, and about the rest as ever', async () => {
  const token = await made('writes', '--trust', 'fs.write')
  await writeFile(join(a.files, 'trusted.txt'), 'before')
  const args = { path: '/trusted.txt', content: 'after' }
  assert.equal((await callTool(a.url, a.token, 'fs_write_file', args)).json.result.isError, true)
  assert.equal((await callTool(a.url, token, 'fs_write_file', args)).json.result.isError, undefined)
  assert.equal(await readFile(join(a.files, 'trusted.txt'), 'utf8'), 'after')
  const removed = await callTool(a.url, token, 'fs_delete_file', { path: '/trusted.txt' })
  assert.match(removed.text, /luca approve/)
  const older = await connectWebSocket(a.origin, { token })
  assert.ok((await older.call('mcp.fs.write', ['/trusted.txt', 'again'])).result)
  assert.equal((await older.call('mcp.fs.delete', ['/trusted.txt'])).error.code, FORBIDDEN)
  older.close()
})
