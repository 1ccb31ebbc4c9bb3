/** Texts of servers name tools as whoever reads them knows them, wherever it came in. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadServers } from '../scripts/servers.ts'
import { describeServer } from '../src/protocol/descriptor.ts'
import { mentionsIn } from '../src/protocol/names.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { callTool, post, send } from './support/http.ts'
import { connectWebSocket } from './support/v1-client.ts'

let a: Appliance
let ofFs: string[]
before(async () => {
  a = await startAppliance()
  await mkdir(join(a.files, 'folder'))
  await writeFile(join(a.files, 'bytes'), Buffer.from([0xff]))
  ofFs = (await toolsAt(`${a.url}/fs`)).map(({ name }) => name)
})
after(() => a?.stop())

interface Listed {
  name: string
  description: string
}
const toolsAt = async (url: string): Promise<Listed[]> =>
  (await post(url, a.token, 'tools/list')).json.result.tools

/** Asserts that a text names tools of fs, and each of them with this prefix. */
function namedWith(prefix: string, text: string): void {
  const found = [...text.matchAll(/[\w.-]+/g)].map(([word]) => word.replace(/\.$/, ''))
  const names = found.filter((word) => ofFs.some((name) => name.includes('_') && word.endsWith(name)))
  assert.notDeepEqual(names, [], text)
  for (const name of names)
    assert.ok(ofFs.includes(name.slice(prefix.length)) && name.startsWith(prefix), name)
  assert.doesNotMatch(text, /\{tool:/)
}
/** What tools say of themselves, without their names. */
const textsOf = (tools: Listed[]) => JSON.stringify(tools.map((tool) => ({ ...tool, name: '' })))

test('descriptions and schemas', async () => {
  const all = (await toolsAt(a.url)).filter(({ name }) => name.startsWith('fs_'))
  namedWith('fs_', textsOf(all))
  namedWith('', textsOf(await toolsAt(`${a.url}/fs`)))
  const details = await callTool(`${a.url}?tools=search`, a.token, 'get_tool_details', {
    name: 'fs_read_text_file',
  })
  namedWith('fs_', details.json.result.content[0].text)
  const older = await connectWebSocket(a.origin, { token: a.token })
  const services = (await older.call('mcp.listCapabilities')).result as { service_name: string }[]
  namedWith('mcp.fs.', JSON.stringify(services.find(({ service_name }) => service_name === 'fs')))
  older.close()
})

const MISTAKES: [tool: string, args: object][] = [
  ['read_text_file', { path: '/nope' }],
  ['read_text_file', { path: '/folder' }],
  ['read_text_file', { path: '/../x' }],
  ['read_text_file', { path: '/bytes' }],
  ['read_multiple_files', { paths: ['/bytes'] }],
  ['read_text_file', {}],
]
for (const [tool, args] of MISTAKES)
  test(`the error for a mistake: ${tool} ${JSON.stringify(args)}`, async () => {
    namedWith('fs_', (await callTool(a.url, a.token, `fs_${tool}`, args)).text)
    const unwrapped = await callTool(a.url, a.token, 'call_tool', { name: `fs_${tool}`, args })
    namedWith('fs_', unwrapped.text)
    namedWith('', (await callTool(`${a.url}/fs`, a.token, tool, args)).text)
    const rest = await send(`${a.origin}/mcp/tools/fs_${tool}`, {
      headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    })
    namedWith('fs_', JSON.stringify(rest.json))
    const older = await connectWebSocket(a.origin, { token: a.token })
    namedWith('mcp.fs.', JSON.stringify(await older.call(`mcp.fs.${tool}`, args)))
    older.close()
  })

test('a path that looks like the name of a tool is shown as it is', async () => {
  const path = '/{tool:read_text_file}'
  for (const args of [{ path }, { path: `${path}.txt` }]) {
    const { text } = await callTool(a.url, a.token, 'fs_read_text_file', args)
    assert.ok(text.includes(JSON.stringify(args.path).slice(1, -1)), text)
  }
  const many = await callTool(a.url, a.token, 'fs_read_multiple_files', { paths: [path] })
  assert.equal(many.text.split(path).length > 2, true, many.text)
  await writeFile(join(a.files, '{tool:x}.txt'), '{tool:read_text_file}')
  const nearest = await callTool(a.url, a.token, 'fs_read_text_file', { path: '/{tool:x}.tx' })
  assert.match(nearest.text, /Did you mean \\"\{tool:x\}\.txt\\"\?/)
  const older = await connectWebSocket(a.origin, { token: a.token })
  assert.ok((await older.call('mcp.fs.read', [path])).error.message.includes(path))
  older.close()
})

test('a v1 method of fs names others as methods', async () => {
  const older = await connectWebSocket(a.origin, { token: a.token })
  namedWith('mcp.fs.', (await older.call('mcp.fs.read', ['/folder'])).error.message)
  older.close()
})

test('no definition names a tool by hand, or one that is not there', async () => {
  for (const { server } of await loadServers()) {
    const described = describeServer(server)
    const names = new Set(described.tools.map(({ name }) => name))
    for (const mention of mentionsIn(described)) assert.ok(names.has(mention), mention)
    const texts = JSON.stringify({
      ...described,
      tools: described.tools.map((tool) => ({ ...tool, name: '' })),
    })
    const byHand = [...texts.matchAll(/(?<![\w:])[a-z]+(?:_[a-z]+)+/g)]
      .map(([word]) => word)
      .filter((word) => names.has(word.replace(`${server.name}_`, '')) && !isVerb(described.methods, word))
    assert.deepEqual(byHand, [], server.name)
  }
})
const isVerb = (methods: readonly { verb: string }[] | undefined, word: string) =>
  (methods ?? []).some(({ verb }) => verb === word)
