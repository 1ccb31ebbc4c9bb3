/** Clients reach the machine by every name and address that it has, as soon as it has it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

let system: System
let token = ''
before(async () => {
  system = await System.boot()
  token = await system.out(['luca', 'token', 'create', 'a client'])
  // A cable to a client, in a network of its own.
  await system.out(['ip', 'netns', 'add', 'client'])
  await system.out([
    'ip',
    'link',
    'add',
    'cable0',
    'type',
    'veth',
    'peer',
    'name',
    'cable1',
    'netns',
    'client',
  ])
  await inClient('ip', 'link', 'set', 'lo', 'up')
  await inClient('ip', 'link', 'set', 'cable1', 'up')
  await inClient('ip', 'address', 'add', '10.77.0.2/24', 'dev', 'cable1')
  await inClient('ip', 'address', 'add', 'fd77::2/64', 'dev', 'cable1', 'nodad')
  await system.put('/run/client/token', token)
  await system.put('/run/client/reach.mjs', REACH)
})
after(() => system?.stop())

/** Verifies the certificate and calls a tool: HOST ADDRESS, where ADDRESS is where HOST is. */
const REACH = `
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
const [host, address] = process.argv.slice(2)
const text = (path) => readFileSync(path, 'utf8').trim()
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'time_get_current_time', arguments: {},
  _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'a test', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': {} } } })
const asked = request({
  host, port: 8443, path: '/mcp', method: 'POST', ca: text('/var/lib/llmbasedos/ca.crt'),
  lookup: (_, { all }, done) => all ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
  headers: { authorization: 'Bearer ' + text('/run/client/token'), 'content-type': 'application/json', accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'time_get_current_time' },
}, (answer) => { console.log(answer.statusCode); answer.pipe(process.stdout) })
asked.on('error', (error) => { console.error(error.message); process.exitCode = 1 })
asked.end(body)
`
const inClient = (...command: string[]) => system.out(['ip', 'netns', 'exec', 'client', ...command])
const reach = (host: string, address = host) =>
  system.run(['ip', 'netns', 'exec', 'client', 'node', '/run/client/reach.mjs', host, address])
/** Waits until the tool's answer comes by that name or address. */
const reached = (host: string, address?: string) =>
  system.until(`${host} is reached`, async () => /^200\n.*timezone/.test((await reach(host, address)).stdout))
const certificate = async () =>
  JSON.parse(await system.out(['luca', 'certificate', 'show', '--json'])).certificate.names as string[]

test('an address that the machine gets is in the certificate at once, and one that it loses is not', async () => {
  const gateway = await system.show('llmbasedos-gateway.service', 'MainPID')
  await system.out(['ip', 'link', 'set', 'cable0', 'up'])
  await system.out(['ip', 'address', 'add', '10.77.0.1/24', 'dev', 'cable0'])
  await reached('10.77.0.1')
  await holdConnection()
  await system.out(['ip', 'address', 'add', 'fd77::1/64', 'dev', 'cable0', 'nodad'])
  await reached('fd77::1')
  await system.out(['ip', 'address', 'add', '10.77.0.9/24', 'dev', 'cable0'])
  await reached('10.77.0.9')
  await system.out(['ip', 'address', 'del', '10.77.0.9/24', 'dev', 'cable0'])
  await system.until('it is forgotten', async () => !(await certificate()).includes('10.77.0.9'))
  assert.deepEqual(JSON.parse(await system.out(['luca', 'welcome', '--json'])).addresses, [
    '10.77.0.1',
    'fd77::1',
  ])
  assert.equal(await system.show('llmbasedos-gateway.service', 'MainPID'), gateway, 'nothing was restarted')
})

test('a cable that is pulled takes its addresses along until it is back', async () => {
  await system.out(['ip', 'link', 'set', 'cable0', 'down'])
  await system.until('its address is gone', async () => !(await certificate()).includes('10.77.0.1'))
  await system.out(['ip', 'link', 'set', 'cable0', 'up'])
  await reached('10.77.0.1')
})

test('another host name is served as soon as the command ends', async () => {
  assert.match((await reach('attic.local', '10.77.0.1')).stderr, /altnames/)
  await system.out(['luca', 'hostname', 'attic'])
  const { stdout, stderr } = await reach('attic.local', '10.77.0.1')
  assert.match(stdout, /^200\n.*timezone/, stderr)
  await system.out(['luca', 'certificate', 'make', '--name', 'box.example'])
  assert.equal((await reach('box.example', '10.77.0.1')).stdout.split('\n')[0], '200')
  for (const name of ['attic', 'attic.local', '10.77.0.1', 'box.example'])
    assert.ok((await certificate()).includes(name), name)
})

test('a message of the kernel without a change wakes only the program that checks', async () => {
  await system.out(['systemctl', 'stop', 'llmbasedos-admin.service'])
  const looked = () => system.show('llmbasedos-certificate.service', 'ExecMainExitTimestampMonotonic')
  const before = await looked()
  await system.out([
    'ip',
    'address',
    'change',
    '10.77.0.1/24',
    'dev',
    'cable0',
    'valid_lft',
    '3600',
    'preferred_lft',
    '3600',
  ])
  await system.until('it has looked', async () => (await looked()) !== before)
  assert.equal(await system.show('llmbasedos-admin.service', 'ActiveState'), 'inactive')
})

test('a client that was connected all the time is not interrupted', async () => {
  const { opened, answers } = JSON.parse(await system.out(['cat', '/run/client/held']))
  assert.equal(opened, 1)
  assert.ok(answers > 3)
})

test('addresses that come by the hundred are taken together, and the machine stays as it is', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `address add 10.88.0.${i + 1}/16 dev cable0`)
  await system.out(['ip', '-batch', '-'], { input: `${many.join('\n')}\n` })
  await system.until('all are served', async () => (await certificate()).includes('10.88.0.200'))
  await system.out(['ip', 'address', 'flush', 'dev', 'cable0', 'to', '10.88.0.0/16'])
  await system.until('none is left', async () => !(await certificate()).some((name) => /^10\.88/.test(name)))
  await system.until(
    'it rests',
    async () => (await system.show('llmbasedos-certificate.service', 'ActiveState')) === 'inactive',
  )
  assert.equal(await system.out(['systemctl', '--failed', '--plain', '--no-legend']), '')
  assert.equal(await system.show('llmbasedos-certificate.socket', 'SubState'), 'listening')
})

test('addresses that come and go without end keep the machine a little busy, and the last of them is served', async () => {
  const begun = Date.now()
  const script =
    'for i in $(seq 60); do ip a add 10.99.0.$i/16 dev cable0; sleep .2; ip a del 10.99.0.$i/16 dev cable0; done'
  const looks = async () =>
    (await system.out(['journalctl', '-b', '-o', 'cat', '-u', 'llmbasedos-certificate.service']))
      .split('\n')
      .filter((line) => line.startsWith('Starting ')).length
  const before = await looks()
  await system.out(['sh', '-c', script])
  await system.out(['ip', 'address', 'add', '10.99.1.1/16', 'dev', 'cable0'])
  await system.until('it is served', async () => (await certificate()).includes('10.99.1.1'))
  const seconds = (Date.now() - begun) / 1000
  const more = (await looks()) - before
  assert.ok(more <= seconds / 2 + 1, `it looked ${more} times in ${seconds} s`)
})

/** A client that asks again and again on one connection, and writes down how often it had to connect. */
async function holdConnection(): Promise<void> {
  await system.put(
    '/run/client/hold.mjs',
    `
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let [opened, answers] = [0, 0]
const ask = () => get({ host: '10.77.0.1', port: 8443, path: '/metrics', headers: { authorization: 'Bearer ' + readFileSync('/run/client/token', 'utf8').trim() }, agent, ca: readFileSync('/var/lib/llmbasedos/ca.crt') }, (answer) => {
  answer.resume().on('end', () => {
    if (answer.statusCode === 200) answers++
    writeFileSync('/run/client/new', JSON.stringify({ opened, answers }))
    renameSync('/run/client/new', '/run/client/held')
    setTimeout(ask, 500)
  })
}).on('socket', (socket) => { if (socket.connecting) opened++ }).on('error', (error) => { opened = error.message; ask() })
ask()
`,
  )
  await system.out([
    'systemd-run',
    '--unit=holding',
    'ip',
    'netns',
    'exec',
    'client',
    'node',
    '/run/client/hold.mjs',
  ])
  await system.until('it is connected', async () => (await system.run(['cat', '/run/client/held'])).stdout)
}
