/** The official clients, each against the real appliance and its real servers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { loadServers } from '../scripts/servers.ts'
import { type Appliance, ROOT, startAppliance } from './support/appliance.ts'
import { type AnyClient, connectCurrent, connectLegacy } from './support/official-clients.ts'

let a: Appliance
before(async () => {
  a = await startAppliance()
  await copyFile(join(ROOT, 'README.md'), join(a.files, 'README.md'))
})
after(() => a?.stop())

/** The person at the client agrees to everything. */
const CAPABILITIES = { elicitation: {} }
const agree = async () => ({ action: 'accept' as const, content: {} })

const current = (url: string, pinned: boolean): Promise<AnyClient> =>
  connectCurrent({
    url,
    token: a.token,
    pinned,
    capabilities: CAPABILITIES,
    prepare: (client) => client.setRequestHandler('elicitation/create', agree),
  })
const clients: Record<string, (url: string) => Promise<AnyClient>> = {
  'client 2.4.0, pinned to 2026-07-28': (url) => current(url, true),
  'client 2.4.0, as it comes': (url) => current(url, false),
  'sdk 1.32.2': async (url) =>
    (await connectLegacy({
      url,
      token: a.token,
      capabilities: CAPABILITIES,
      prepare: (client) => client.setRequestHandler(ElicitRequestSchema, agree),
    })) as AnyClient,
}

const textOf = (result: object) => (result as { content: { text: string }[] }).content[0]?.text ?? ''

for (const [name, open] of Object.entries(clients)) {
  describe(name, () => {
    let client: AnyClient
    before(async () => {
      client = await open(a.url)
    })
    after(() => client?.close())

    test('lists the tools of all servers, with their prefix', async () => {
      const names = (await client.listTools()).tools.map((tool) => tool.name)
      for (const expected of ['fs_read_text_file', 'fs_edit_file', 'time_convert_time'])
        assert.ok(names.includes(expected), expected)
    })
    test("reads this repository's README", async () => {
      const result = await client.callTool({ name: 'fs_read_text_file', arguments: { path: '/README.md' } })
      assert.equal(textOf(result), await readFile(join(ROOT, 'README.md'), 'utf8'))
    })
    test('lists, writes and edits files', async () => {
      await client.callTool({
        name: 'fs_write_file',
        arguments: { path: '/notes.txt', content: 'one\ntwo\n' },
      })
      await client.callTool({
        name: 'fs_edit_file',
        arguments: { path: '/notes.txt', edits: [{ oldText: 'two', newText: 'three' }] },
      })
      assert.equal(await readFile(join(a.files, 'notes.txt'), 'utf8'), 'one\nthree\n')
      assert.match(
        textOf(await client.callTool({ name: 'fs_list_directory', arguments: { path: '/' } })),
        /\[FILE\] notes\.txt/,
      )
    })
    test('learns from the tool what went wrong', async () => {
      const result = await client.callTool({
        name: 'fs_read_text_file',
        arguments: { path: '/../../etc/passwd' },
      })
      assert.equal((result as { isError?: boolean }).isError, true)
      assert.match(textOf(result), /outside/)
    })
    test('reaches one server alone, with unprefixed names', async () => {
      const one = await open(`${a.url}/time`)
      const result = await one.callTool({
        name: 'convert_time',
        arguments: { source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo' },
      })
      assert.match(textOf(result), /21:00/)
      await one.close()
    })
  })
}

describe('Inspector --cli', () => {
  const inspector = async (...args: string[]) => {
    const cli = join(ROOT, 'node_modules/.bin/mcp-inspector')
    const all = [
      cli,
      '--cli',
      a.url,
      '--transport',
      'http',
      '--header',
      `Authorization: Bearer ${a.token}`,
      ...args,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, all, { timeout: 60_000 })
    return JSON.parse(stdout)
  }
  test('lists the tools', async () => {
    const { tools } = await inspector('--method', 'tools/list')
    assert.ok(tools.some((tool: { name: string }) => tool.name === 'fs_read_text_file'))
  })
  test('calls a tool', async () => {
    await writeFile(join(a.files, 'hello.txt'), 'hello from here')
    const result = await inspector(
      '--method',
      'tools/call',
      '--tool-name',
      'fs_read_text_file',
      '--tool-arg',
      'path=/hello.txt',
    )
    assert.equal(textOf(result), 'hello from here')
  })
})

describe('luca', () => {
  test('lists, reads and calls, and says by its exit code how it went', async () => {
    await writeFile(join(a.files, 'seen.txt'), 'seen')
    const ls = await a.luca(['ls', '/'])
    assert.equal(ls.code, 0, ls.stderr)
    assert.match(ls.stdout, /seen\.txt/)
    assert.equal((await a.luca(['cat', '/seen.txt'])).stdout.trimEnd(), 'seen')
    assert.equal((await a.luca(['cat', '/not-there'])).code, 1)
    assert.equal((await a.luca(['no-such-command'])).code, 2)
    const tools = JSON.parse((await a.luca(['tools', '--json'])).stdout)
    assert.ok(JSON.stringify(tools).includes('fs_read_text_file'))
    const call = await a.luca(['call', 'time_get_current_time', '{"timezone":"UTC"}', '--json'])
    assert.equal(call.code, 0, call.stderr)
    assert.ok(JSON.parse(call.stdout))
  })
  test('doctor finds nothing wrong', async () => {
    const doctor = await a.luca(['doctor', '--json'])
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr)
  })
})

describe('the other endpoints', () => {
  const get = (path: string, token?: string) =>
    fetch(`${a.origin}${path}`, token ? { headers: { authorization: `Bearer ${token}` } } : {})

  test('/health is one word, for everyone', async () =>
    assert.equal(await (await get('/health')).text(), 'ok'))

  test('where there is no CA of the machine’s own, there is none to fetch', async () => {
    const reply = await get('/ca.crt')
    assert.equal(reply.status, 404)
    assert.match(await reply.text(), /no CA of its own/)
  })
  test('/ready says so to everyone, and why to who has a token', async () => {
    assert.deepEqual(await (await get('/ready')).json(), { status: 'ready' })
    assert.deepEqual(await (await get('/ready', a.token)).json(), {
      status: 'ready',
      servers: (await loadServers()).filter(({ fixture }) => !fixture).map(({ server }) => server.name),
      failing: {},
    })
  })
  test('/metrics counts calls by tool, for who has a token', async () => {
    assert.equal((await get('/metrics')).status, 401)
    const text = await (await get('/metrics', a.token)).text()
    assert.match(text, /mcp_tool_executions_total\{tool_name="fs_read_text_file",status="ok"\} \d/)
    assert.match(text, /llmbasedos_cold_starts_total\{server="fs"\} 1/)
  })
  test('anything else is 404', async () => assert.equal((await get('/elsewhere')).status, 404))
})
