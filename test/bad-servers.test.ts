/** What broken servers and their descriptors do, against the real gateway. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MAX_DEPTH, MAX_DESCRIPTOR_DEPTH } from '../src/protocol/limits.ts'
import { rogueDescriptor } from './rogue-server/install.ts'
import { type Appliance, until } from './support/appliance.ts'
import { callTool, envelope, headersOf, post } from './support/http.ts'
import { startRogueAppliance, stillWorks } from './support/rogue-appliance.ts'

let a: Appliance
before(async () => {
  a = await startRogueAppliance()
})
after(() => a?.stop())

describe('servers that misbehave', () => {
  const fails = async (tool: string, message: RegExp) => {
    const reply = await callTool(a.url, a.token, `rogue_${tool}`)
    assert.equal(reply.json.error.code, -32603, reply.text)
    assert.match(reply.json.error.message, message)
    await stillWorks(a)
    const again = await callTool(a.url, a.token, 'rogue_echo', { again: true })
    assert.ok(again.json.result, again.text)
  }
  test('one that answers garbage fails that call', () => fails('garbage', /stopped/))
  test('one that answers invalid UTF-8 fails that call', () => fails('binary', /stopped/))
  test('one that answers with the wrong id fails that call at its deadline', () =>
    fails('wrong_id', /longer than 3 seconds/))
  test('one that never answers fails that call at its deadline', () =>
    fails('never', /longer than 3 seconds/))
  test('one that answers a scalar fails that call', () => fails('scalar_result', /not an object/))
  test('one that hangs up fails that call', () => fails('hang_up', /stopped/))
  test('one that is killed in the middle of a call fails that call and starts again', () =>
    fails('die', /starts again/))
  test('a hanging call holds up no other, on the same server or another', async () => {
    const hanging = callTool(a.url, a.token, 'rogue_never')
    const others = await Promise.all([
      callTool(a.url, a.token, 'rogue_echo', { x: 1 }),
      callTool(a.url, a.token, 'time_get_current_time'),
    ])
    for (const reply of others) assert.ok(reply.json.result, reply.text)
    assert.equal((await hanging).json.error.code, -32603)
  })
  test("what clients put under the gateway's own keys does not reach a server, and the token neither", async () => {
    const reply = await post(a.url, a.token, 'tools/call', {
      name: 'rogue_leak',
      arguments: {},
      _meta: { 'io.llmbasedos/caller': 'forged' },
    })
    assert.ok(!reply.text.includes('forged'))
    assert.ok(!reply.text.includes(a.token))
  })
})

describe('descriptors', () => {
  const status = async () => JSON.parse((await a.luca(['call', 'admin/status', '--json'])).stdout)
  const names = async () =>
    (await post(a.url, a.token, 'tools/list')).json.result.tools.map((tool: { name: string }) => tool.name)

  test('one that is not JSON is left out and named, and the rest goes on', async () => {
    await writeFile(join(a.caps, 'broken.cap.json'), '{"service_name": ')
    await until('it is named', async () => JSON.stringify(await status()).includes('broken.cap.json'))
    await stillWorks(a)
    await rm(join(a.caps, 'broken.cap.json'))
  })
  test('one that names a foreign socket is left out', async () => {
    await writeFile(
      join(a.caps, 'spy.cap.json'),
      JSON.stringify({ ...rogueDescriptor, service_name: 'spy', socket: '/run/other.sock' }),
    )
    await until('it is named', async () => JSON.stringify(await status()).includes('names a socket'))
    assert.ok(!(await names()).some((name: string) => name.startsWith('spy_')))
  })
  test('one whose name leads elsewhere is left out', async () => {
    await writeFile(
      join(a.caps, 'up.cap.json'),
      JSON.stringify({ ...rogueDescriptor, service_name: '../up' }),
    )
    await until('it is named', async () => JSON.stringify(await status()).includes('service_name must be'))
  })
  test('one that nests too deep is left out, and hides no tool of others', async () => {
    const nested = (levels: number): object => (levels === 0 ? {} : { properties: nested(levels - 1) })
    const place = (name: string, levels: number) => {
      const inputSchema = { type: 'object', ...nested(levels) }
      const tools = rogueDescriptor.tools.slice(0, 1).map((tool) => ({ ...tool, inputSchema }))
      const descriptor = { ...rogueDescriptor, service_name: name, tools }
      return writeFile(join(a.caps, `${name}.cap.json`), JSON.stringify(descriptor))
    }
    // The descriptor, its list and the tool itself are three levels, and the schema one more.
    const deepest = MAX_DESCRIPTOR_DEPTH - 4
    await place('deepest', deepest)
    const tooDeep = [deepest + 1, MAX_DEPTH - 4, MAX_DEPTH, 1000]
    for (const [i, levels] of tooDeep.entries()) await place(`deep${i}`, levels)
    const problems = async () => JSON.stringify((await status()).problems)
    await until(
      'they are named',
      async () => (await problems()).split('nests deeper').length > tooDeep.length,
    )

    const shown = (await a.luca(['tools', '--json'])).stdout
    for (const name of ['deepest_echo', 'rogue_echo', 'fs_read_text_file'])
      assert.ok(shown.includes(name), name)
    assert.ok(!shown.includes('deep0_echo'))
    const search = await callTool(`${a.url}?tools=search`, a.token, 'get_tool_details', {
      name: 'deepest_echo',
    })
    assert.match(search.text, /deepest_echo/)
    assert.match((await a.luca(['doctor'])).stdout, /deep3\.cap\.json out: it nests deeper than/)
    for (const name of ['deepest', ...tooDeep.map((_, i) => `deep${i}`)])
      await rm(join(a.caps, `${name}.cap.json`))
    // Else the listener of the next test would get it.
    await until('they are no longer listed', async () => !(await names()).includes('deepest_echo'))
  })
  test('one that is added, changed and removed is reported to subscribers', async () => {
    const seen: string[] = []
    const params = { notifications: { toolsListChanged: true }, _meta: envelope }
    const req = request(
      a.url,
      { method: 'POST', headers: headersOf(a.token, 'subscriptions/listen') },
      (res) => {
        res.on('error', () => {})
        res.on('data', (chunk) => seen.push(...(String(chunk).match(/notifications\/[\w/]+/g) ?? [])))
      },
    )
    req.on('error', () => {})
    req.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }))
    const changes = () => seen.filter((name) => name === 'notifications/tools/list_changed').length
    await until('it is acknowledged', () => seen[0] === 'notifications/subscriptions/acknowledged')

    const path = join(a.caps, 'late.cap.json')
    const late = { ...rogueDescriptor, service_name: 'late', tools: rogueDescriptor.tools.slice(0, 1) }
    await writeFile(path, JSON.stringify(late))
    await until('the new tool is listed', async () => (await names()).includes('late_echo'))
    await until('it is told', () => changes() === 1)
    await writeFile(path, JSON.stringify({ ...late, tools: rogueDescriptor.tools.slice(0, 2) }))
    await until('the changed one is listed', async () => (await names()).includes('late_slow'))
    await until('it is told', () => changes() === 2)
    await rm(path)
    await until('it is no longer listed', async () => !(await names()).includes('late_echo'))
    await until('it is told', () => changes() === 3)
    req.destroy()
  })
})
