/** Many tools: the search for them, and the lists of those who want all, through the real appliance. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { META } from '../src/protocol/mcp.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post, send } from './support/http.ts'
import { connectCurrent } from './support/official-clients.ts'

const MANY = 10_000
let a: Appliance
let search: string

const descriptor = (name: string, tools: string[]) => ({
  service_name: name,
  title: name,
  version: '1.0.0',
  description: name,
  scope: 'user',
  listChanged: false,
  subscribe: false,
  tools: tools.map((tool) => ({
    name: tool,
    description: `Does ${tool.replaceAll('_', ' ')} and nothing else. It is one of very many.`,
    inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
    capability: `${name}.use`,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })),
  prompts: [],
  resources: [],
  resourceTemplates: [],
  completions: false,
})
const install = (name: string, tools: string[]) =>
  writeFile(join(a.caps, `${name}.cap.json`), JSON.stringify(descriptor(name, tools)))
const toolsAt = async (url: string) => (await post(url, a.token, 'tools/list')).json.result.tools

before(async () => {
  a = await startAppliance()
  search = `${a.url}?tools=search`
  await install(
    'many',
    Array.from({ length: MANY }, (_, i) => `polish_widget_${i}`),
  )
  await until('they are known', async () => (await toolsAt(a.url)).length > MANY)
})
after(() => a?.stop())

test('ten thousand tools are listed whole to who wants them, and called by name', async () => {
  const names = (await toolsAt(a.url)).map(({ name }: { name: string }) => name)
  assert.ok(names.includes('many_polish_widget_9999') && names.includes('fs_read_text_file'))
  assert.ok(!names.includes('search_tools'))
  assert.match((await callTool(a.url, a.token, 'time_get_current_time', { timezone: 'UTC' })).text, /UTC/)
})

test('the search offers three tools, in both eras', async () => {
  const three = ['search_tools', 'get_tool_details', 'call_tool']
  assert.deepEqual(
    (await toolsAt(search)).map(({ name }: { name: string }) => name),
    three,
  )
  for (const pinned of [true, false]) {
    const client = await connectCurrent({ url: search, token: a.token, pinned })
    assert.deepEqual(
      (await client.listTools()).tools.map(({ name }) => name),
      three,
    )
    const result = await client.callTool({ name: 'search_tools', arguments: { query: 'read a text file' } })
    const { tools } = result.structuredContent as { tools: { name: string; server: string }[] }
    assert.deepEqual(tools[0] && { name: tools[0].name, server: tools[0].server }, {
      name: 'fs_read_text_file',
      server: 'fs',
    })
    await client.close()
  }
})

test('a search is bounded, and says how many there are', async () => {
  const { result } = (await callTool(search, a.token, 'search_tools', { query: 'polish widget', limit: 5 }))
    .json
  assert.equal(result.structuredContent.tools.length, 5)
  assert.equal(result.structuredContent.total, MANY)
  const one = (await callTool(search, a.token, 'search_tools', { query: 'list', server: 'time' })).json.result
  assert.ok(one.structuredContent.tools.every(({ server }: { server: string }) => server === 'time'))
})

test('details are those of the list, and a mistyped name is reported', async () => {
  const { result } = (await callTool(search, a.token, 'get_tool_details', { name: 'fs_read_text_file' })).json
  assert.ok(result.structuredContent.inputSchema.properties.path)
  const wrong = (await callTool(search, a.token, 'get_tool_details', { name: 'fs_read_text_fil' })).json
    .result
  assert.equal(wrong.isError, true)
  assert.match(wrong.content[0].text, /Did you mean "fs_read_text_file"/)
})

test('call_tool is the call it stands for: result, audit line, consent and permission', async () => {
  const called = await callTool(search, a.token, 'call_tool', {
    name: 'time_get_current_time',
    args: { timezone: 'UTC' },
  })
  assert.match(called.text, /UTC/)
  await until('it is in the log under its own name', () => a.log().includes('"tool":"time_get_current_time"'))

  // A person is asked about the tool that is meant, and the repeated call carries the answer.
  await writeFile(join(a.files, 'a.txt'), 'there')
  const call = { name: 'fs_write_file', args: { path: '/a.txt', content: 'x' } }
  const { requestState, inputRequests } = await asking(call)
  assert.match(inputRequests.consent.params.message, /fs_write_file/)
  const inputResponses = { consent: { action: 'accept', content: {} } }
  assert.match((await asking(call, { requestState, inputResponses })).content[0].text, /wrote to \/a\.txt/)

  const free = JSON.parse((await a.luca(['token', 'create', 'f', '--tier', 'FREE', '--json'])).stdout).token
  const refused = await callTool(search, free, 'call_tool', { name: 'fs_write_file', args: {} })
  assert.equal(refused.json.error.code, -32002)
  const seen = (await callTool(search, free, 'search_tools', { query: 'write file' })).json.result
  const names = seen.structuredContent.tools.map(({ name }: { name: string }) => name)
  assert.ok(!names.includes('fs_write_file'))
})

/** A call of call_tool by a client that can be asked. */
async function asking(args: object, more: object = {}) {
  const _meta = { ...envelope, [META.clientCapabilities]: { elicitation: {} } }
  const params = { name: 'call_tool', arguments: args, _meta, ...more }
  const reply = await send(search, {
    headers: headersOf(a.token, 'tools/call', 'call_tool'),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  })
  return reply.json.result
}

test('unfit arguments are reported', async () => {
  const failed = async (name: string, args: object) => {
    const { json } = await callTool(search, a.token, name, args)
    return json.error?.message ?? (json.result.isError && json.result.content[0].text)
  }
  assert.match(await failed('search_tools', {}), /query/)
  assert.match(await failed('search_tools', { query: 7 }), /query/)
  assert.match(await failed('search_tools', { query: 'x', limit: 0 }), /limit/)
  assert.match(await failed('get_tool_details', {}), /name/)
  assert.match(await failed('call_tool', {}), /name/)
  assert.match(await failed('call_tool', { name: 'call_tool' }), /itself/)
  assert.match(await failed('call_tool', { name: 'fs_nope' }), /no tool/)
  assert.match(await failed('call_tool', { name: 'fs_read_text_file', args: [] }), /object/)
})

test('another choice of tools is refused, and so is one at a single server', async () => {
  assert.equal((await post(`${a.url}?tools=all`, a.token, 'tools/list')).status, 400)
  assert.equal((await post(`${a.url}/fs?tools=search`, a.token, 'tools/list')).status, 400)
})

test('a tool named like ours is left out with its server, and the reason is given', async () => {
  for (const [name, tool] of [
    ['search', 'tools'],
    ['get', 'tool_details'],
    ['call', 'tool'],
    ['tools', 'anything'],
  ] as const)
    await install(name, [tool])
  await until('they are refused', async () => {
    const { problems } = JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout)
    return Object.keys(problems).length === 4 && /gateway itself/.test(JSON.stringify(problems))
  })
  const result = (await callTool(a.url, a.token, 'search_tools', { query: 'read file' })).json.result
  assert.match(result.structuredContent.tools[0].name, /^fs_read/)
})

test('the tools for documents are found by what people call these', async () => {
  const found = async (query: string): Promise<string[]> => {
    const { json } = await callTool(search, a.token, 'search_tools', { query, limit: 3 })
    return json.result.structuredContent.tools.map(({ name }: { name: string }) => name)
  }
  for (const query of [
    'read a pdf',
    'open a word document',
    'what is in the spreadsheet',
    'the second sheet of the excel file',
    'slides of the presentation',
    'read an epub',
    'page 3 of the contract',
    'summarise this document',
  ])
    assert.ok((await found(query)).includes('fs_read_document'), query)
  for (const query of ['search my notes', 'find in documents'])
    assert.ok((await found(query)).includes('fs_search_documents'), query)
})
