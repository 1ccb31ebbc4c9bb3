/** The smaller verbs: the host name, units, disks, and the way programs are run. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { diskUsage } from './disks.ts'
import { applyHostname, setHostname } from './hostname.ts'
import { parseReport } from './quota.ts'
import { RunFailed, run } from './run.ts'
import { testMachine } from './testing/machine.ts'
import { restartUnit, unitStatus } from './units.ts'
import { makeOwner } from './users.ts'

describe('programs', () => {
  test('have a small fixed environment and get their input', async () => {
    assert.equal(
      await run('/usr/bin/env', []),
      'PATH=/usr/bin:/usr/sbin\nLC_ALL=C.UTF-8\nSYSTEMD_COLORS=0\nSYSTEMD_PAGER=\n',
    )
    assert.equal(await run('/bin/cat', [], { input: 'given' }), 'given')
  })

  test('that fail tell by the last line of what they wrote', async () => {
    await assert.rejects(run('/bin/ls', ['--', '/no\u001bwhere']), /^RpcError: ls failed: .*No such file/)
    await assert.rejects(run('/bin/false', []), /false failed: it ended with 1/)
  })

  test('that are not there, do not end, or write without end are distinguished', async () => {
    await assert.rejects(
      run('/usr/bin/not-there', []),
      (error) => error instanceof RunFailed && error.missing,
    )
    await assert.rejects(run('/bin/cat', ['/dev/zero']), /cat failed/)
    await assert.rejects(run('/bin/sleep', ['60'], { timeoutMs: 20 }), /sleep did not end within 0.02 s/)
    await assert.rejects(run('ls', []), /no absolute path/)
  })
})

test('the host name is set now, and at every boot', async () => {
  using machine = testMachine()
  await applyHostname(machine)
  assert.deepEqual(machine.ran, [])
  assert.deepEqual(await setHostname({ name: 'attic' }, machine), { name: 'attic' })
  await applyHostname(machine)
  assert.deepEqual(machine.lines('hostname'), ['hostname -- attic', 'hostname -- attic'])
  writeFileSync(join(machine.state, 'hostname'), '--file=/etc/shadow\n')
  await applyHostname(machine)
  assert.equal(machine.lines('hostname').length, 2)
})

test('a host name that HTTPS can not be served for is set all the same, and that is reported', async () => {
  using machine = testMachine()
  machine.giveToGateway = () => Promise.reject(new Error('it hangs'))
  await assert.rejects(setHostname({ name: 'attic' }, machine), /The name is attic now, but HTTPS/)
  assert.equal(readFileSync(join(machine.state, 'hostname'), 'utf8'), 'attic\n')
})

test('a host name that can not be set is not kept', async () => {
  using machine = testMachine()
  machine.answers.set('hostname', () => {
    throw new RunFailed('/usr/bin/hostname', 'failed: not permitted')
  })
  await assert.rejects(setHostname({ name: 'attic' }, machine), /not permitted/)
  assert.ok(!existsSync(join(machine.state, 'hostname')))
})

const SHOWN = `Id=mcp-fs@owner.service
LoadState=loaded
ActiveState=active
SubState=running
Result=success
StatusText=asleep
MainPID=123
MemoryCurrent=4096

Id=llmbasedos-gateway.socket
LoadState=loaded
ActiveState=active
SubState=listening
Result=success
MemoryCurrent=[not set]

Id=mcp-old@owner.service
LoadState=not-found
ActiveState=inactive
SubState=dead
Result=success
MainPID=0
MemoryCurrent=18446744073709551615

Id=mcp-time@owner.service
LoadState=loaded
ActiveState=failed
SubState=failed
Result=exit-code
StatusText=awake
MainPID=0
MemoryCurrent=[not set]

Id=sshd.service
LoadState=loaded
ActiveState=active
`

test('units are shown with what they do and need, and only those of this system', async () => {
  using machine = testMachine()
  machine.answers.set('systemctl show', () => SHOWN)
  assert.deepEqual(await unitStatus({}, machine), {
    units: [
      {
        name: 'llmbasedos-gateway.socket',
        active: 'active',
        sub: 'listening',
        result: 'success',
        status: null,
        pid: null,
        memory: null,
      },
      {
        name: 'mcp-fs@owner.service',
        active: 'active',
        sub: 'running',
        result: 'success',
        status: 'asleep',
        pid: 123,
        memory: 4096,
      },
      {
        name: 'mcp-time@owner.service',
        active: 'failed',
        sub: 'failed',
        result: 'exit-code',
        status: null,
        pid: null,
        memory: null,
      },
    ],
  })
})

test('only a service that is there is restarted', async () => {
  using machine = testMachine()
  machine.answers.set('systemctl show', () => SHOWN)
  await restartUnit({ unit: 'mcp-fs@owner.service' }, machine)
  assert.deepEqual(machine.lines('systemctl restart'), ['systemctl restart -- mcp-fs@owner.service'])
  await assert.rejects(restartUnit({ unit: 'mcp-other@owner.service' }, machine), /no service/)
  assert.equal(machine.lines('systemctl restart').length, 1)
})

test('a restart of the helper itself does not wait for its own end', async () => {
  using machine = testMachine()
  machine.answers.set('systemctl show', () => 'Id=llmbasedos-admin.service\nLoadState=loaded\n')
  await restartUnit({ unit: 'llmbasedos-admin.service' }, machine)
  assert.equal(machine.lines('systemctl').at(-1), 'systemctl restart --no-block -- llmbasedos-admin.service')
})

test('disks are shown with their sizes, one that holds both folders once, and users where it keeps accounts', async () => {
  using machine = testMachine()
  await makeOwner(machine)
  const without = await diskUsage({}, machine)
  assert.deepEqual(without.users, [{ name: 'owner', used: null, quota: null }])
  const [disk, ...more] = without.fileSystems
  assert.deepEqual([disk?.paths, more], [[machine.state, machine.home], []])
  assert.ok(disk && disk.size >= disk.used + disk.available && disk.available > 0)
  machine.answers.set('repquota', () => REPORT)
  assert.deepEqual((await diskUsage({}, machine)).users, [{ name: 'owner', used: 2048, quota: 1024 ** 3 }])
})

const REPORT = `User,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed
#0,ok,ok,20,0,0,,5
#1000,ok,ok,2,0,1048576,,5
`

test('the report on quotas is read by the names of its columns; one without them tells nothing', () => {
  assert.deepEqual(
    [...parseReport(REPORT)],
    [
      [0, { used: 20480, limit: undefined }],
      [1000, { used: 2048, limit: 1024 ** 3 }],
    ],
  )
  assert.deepEqual([...parseReport('#1000 -- 2 0 0\n')], [])
})

test('the program refuses to be started by hand, and says what starts it', () => {
  const main = join(import.meta.dirname, 'main.ts')
  for (const words of [[], ['start'], ['boot', 'now']]) {
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /Its units start it/)
  }
})

test('the program serves the socket it inherits, knows its peer, and ends when it is asked to', () => {
  const script = `
import json, os, signal, socket, subprocess, sys
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX); listener.bind(path); listener.listen()
os.dup2(listener.fileno(), 3)
child = subprocess.Popen(['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=admin exec "$@"', 'sh'] + sys.argv[2:], pass_fds=[3])
client = socket.socket(socket.AF_UNIX); client.connect(path)
client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"hostname/get"}\\n')
print(client.makefile().readline(), end='')
child.send_signal(signal.SIGTERM)
print(child.wait())
`
  using machine = testMachine()
  const main = join(import.meta.dirname, 'main.ts')
  const { stdout, stderr } = spawnSync(
    'python3',
    ['-c', script, join(machine.folder, 's'), process.execPath, main],
    { encoding: 'utf8', env: { ...process.env, STATE_DIRECTORY: machine.state }, timeout: 30_000 },
  )
  const [answer = '', code] = stdout.trim().split('\n')
  assert.equal(code, '0', stderr)
  const { result, error } = JSON.parse(answer)
  if (process.getuid?.() === 0)
    assert.equal(result.name, readFileSync('/proc/sys/kernel/hostname', 'utf8').trim())
  else assert.match(error.message, /no account here/)
})
