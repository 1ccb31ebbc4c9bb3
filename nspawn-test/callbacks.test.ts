/** A server that calls others, from within the sandbox of every server: what it can do there, and that it has gained no way out. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CURRENT_VERSION, META, METHOD } from '../src/protocol/mcp.ts'
import { agent, helper } from '../test/calling-server/server.ts'
import { addFixtures, descriptorsOf, exposureOf, withinSandbox } from './fixture-servers.ts'
import { System } from './system.ts'

const AGENT = 'mcp-agent@ada.service'
const TIME = 'mcp-time@ada.service'

let system: System

before(async () => {
  system = await System.boot()
  await system.out(['luca', 'user', 'add', 'ada'])
  await addFixtures(system, 'ada', 'test/calling-server', [agent, helper])
  await system.until('the gateway knows the servers', async () =>
    (await system.out(['luca', 'tools'], { user: 'ada' })).includes('helper_call'),
  )
})
after(() => system?.stop())

const luca = (...command: string[]) => system.run(['luca', ...command], { user: 'ada' })
const call = (tool: string, args: object) => luca('call', tool, JSON.stringify(args))
/** Calls as a client that can't be asked. */
const callUnasked = (name: string, args: object) =>
  system.run(['node', '-e', CLIENT, '/run/mcp/gateway.sock'], {
    user: 'ada',
    input: `${JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: METHOD.callTool,
      params: {
        name,
        arguments: args,
        _meta: {
          [META.version]: CURRENT_VERSION,
          [META.clientInfo]: { name: 'mute', version: '1' },
          [META.clientCapabilities]: {},
        },
      },
    })}\n`,
  })
const CLIENT = `
  const socket = require('net').connect(process.argv[1])
  process.stdin.pipe(socket, { end: false })
  require('readline').createInterface({ input: socket }).on('line', (line) => {
    console.log(line)
    process.exit()
  })`
/** The id of the one call that waits for consent. */
const waiting = () =>
  system.until('the call waits', async () => {
    const { approvals } = JSON.parse((await luca('approve', '--json')).stdout)
    return (approvals as { id: string; tool: string }[]).find(
      ({ tool }) => tool === 'agent_call → fs_delete_file',
    )?.id
  })
const put = (name: string) => system.out(['tee', `/home/ada/${name}`], { user: 'ada', input: name })
const isThere = async (name: string) => (await system.run(['test', '-e', `/home/ada/${name}`])).code === 0

test('a server calls another with its caller’s rights, and no further than its definition says', async () => {
  await put('hers.txt')
  const { stdout } = await call('agent_call', { name: 'fs_list_directory', args: { path: '/' } })
  assert.match(stdout, /hers\.txt/)
  const refused = await call('helper_call', { name: 'fs_list_directory', args: { path: '/' } })
  assert.match(refused.stdout, /FORBIDDEN|-32003|may not/)
  assert.doesNotMatch(refused.stdout, /hers\.txt/)
})

test('it asks for consent in there, of who calls or by the queue, and goes on with the answer', async () => {
  const args = { name: 'fs_delete_file', args: { path: '/asked.txt' } }
  await put('asked.txt')
  assert.match((await call('agent_call', args)).stderr, /needs your consent/)
  assert.ok(await isThere('asked.txt'))
  await luca('call', 'agent_call', JSON.stringify(args), '--yes')
  assert.equal(await isThere('asked.txt'), false)
  for (const [answer, stays] of [
    [[], false],
    [['--deny'], true],
  ] as const) {
    await put('asked.txt')
    const asked = callUnasked('agent_call', args)
    const { code, stderr } = await luca('approve', await waiting(), ...answer)
    assert.equal(code, 0, stderr)
    assert.match((await asked).stdout, stays ? /did not allow/ : /gave/)
    assert.equal(await isThere('asked.txt'), stays)
  }
})

test('with a call within its call, its sandbox has no path, address, variable or right that that of time has not', async () => {
  await call('time_get_current_time', {})
  await put('held.txt')
  const asked = callUnasked('agent_call', { name: 'fs_delete_file', args: { path: '/held.txt' } })
  const id = await waiting()
  assert.deepEqual(await withinSandbox(system, AGENT), await withinSandbox(system, TIME))
  assert.deepEqual(await descriptorsOf(system, AGENT), await descriptorsOf(system, TIME))
  await luca('approve', id, '--deny')
  await asked
})

test('its unit is as little exposed as that of time', async () => {
  assert.ok((await exposureOf(system, TIME)) < 2)
  assert.equal(await exposureOf(system, AGENT), await exposureOf(system, TIME))
})
