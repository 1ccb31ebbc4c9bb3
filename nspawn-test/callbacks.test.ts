/** A server that calls others, from within the sandbox of every server: what it can do there, and that it has gained no way out. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CURRENT_VERSION, META, METHOD } from '../src/protocol/mcp.ts'
import { agent, helper } from '../test/calling-server/server.ts'
import { addFixtures } from './fixture-servers.ts'
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
      ...{ jsonrpc: '2.0', id: 1, method: METHOD.callTool },
      params: {
        ...{ name, arguments: args },
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

/** What of a process of a server can be seen from outside, with its numbers left out. */
async function within(unit: string) {
  const pid = await system.programOf(unit)
  const [name = ''] = unit.split('@').map((part) => part.replace('mcp-', ''))
  const general = (text: string) =>
    text.replace(new RegExp(`\\b${name}\\b`, 'g'), 'SERVER').replace(/\d+/g, 'N')
  const lines = async (command: string) =>
    (await system.out(['sh', '-c', command])).split('\n').map(general).toSorted()
  const root = `/proc/${pid}/root`
  return {
    root: await lines(
      `ls -A ${root} ${root}/run ${root}/run/systemd ${root}/var ${root}/etc/llmbasedos; true`,
    ),
    sockets: await lines(`find ${root}/run ${root}/var ${root}/tmp -type s`),
    // Where a mount is from, and how, besides its numbers.
    mounts: await lines(`cut -d ' ' -f 4- /proc/${pid}/mountinfo | grep -v ' - proc '`),
    networks: await lines(`cat /proc/${pid}/net/dev | cut -d : -f 1`),
    addresses: await lines(
      `cat /proc/${pid}/net/tcp /proc/${pid}/net/tcp6 /proc/${pid}/net/udp | grep -c :; true`,
    ),
    variables: await lines(`tr '\\0' '\\n' </proc/${pid}/environ | cut -d = -f 1`),
    status: await lines(`grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/${pid}/status`),
  }
}

/** What a process has open. */
const descriptors = async (unit: string) =>
  (await system.out(['sh', '-c', `readlink /proc/${await system.programOf(unit)}/fd/*`]))
    .split('\n')
    .map((target) => target.replace(/\d+/g, 'N'))
    .toSorted()

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
  assert.deepEqual(await within(AGENT), await within(TIME))
  assert.deepEqual(await descriptors(AGENT), await descriptors(TIME))
  await luca('approve', id, '--deny')
  await asked
})

test('its unit is as little exposed as that of time', async () => {
  const exposure = async (unit: string) =>
    /Overall exposure level for .*: ([\d.]+)/.exec(
      await system.out(['systemd-analyze', 'security', '--no-pager', unit]),
    )?.[1]
  assert.notEqual(await exposure(TIME), undefined)
  assert.equal(await exposure(AGENT), await exposure(TIME))
})
