/**
 * A machine with nothing but the image: at rest, with its screen in use, with a user at a shell, and in
 * the end one that hangs. What needs no other machine is asked of this one, since each costs half a minute.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { publicKey, ssh } from './clients.ts'
import { POLISH, testsOfConsole } from './console.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'
import { testsOfOverload } from './overload.ts'

describe('a machine in Poland with a German keyboard, with 1 GiB, all of it in memory, and a watchdog', () => {
  let machine: Machine
  before(async () => {
    const provided = { hostname: 'attic', 'ssh-keys': [publicKey], ...POLISH }
    const credentials = { 'llmbasedos.provision': JSON.stringify(provided) }
    machine = await Machine.boot({ watchdog: true, credentials })
  })
  after(() => machine?.stop())
  savesLogs(() => machine)

  test('it takes less than 200 MB when no one uses it', async () => {
    await machine.screenWith(/Enter opens luca/)
    await machine.out('systemctl stop mcp-*.service llmbasedos-admin.service')
    // What began with the start, or by the commands before, has ended when the gateway alone is left.
    await machine.out("timeout 100 sh -c 'until [ $(pgrep -c -f ^/usr/bin/node) = 1 ]; do sleep 1; done'")
    const used = await machine.out("awk '/^MemTotal/ {t=$2} /^MemAvailable/ {print t - $2}' /proc/meminfo")
    assert.ok(
      Number(used) * 1024 < 200e6,
      `${used} kB: ${await machine.out('ps -eo rss,args --sort=-rss | head -15')}`,
    )
  })

  testsOfConsole(() => machine)

  test('an MCP client speaks through SSH', () => {
    const hello = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
    })
    assert.match(ssh(machine, 'luca', 'stdio', { input: `${hello}\n` }).stdout, /"serverInfo"/)
  })

  test('a server that runs wild gets no more memory and no more processes than it may', async () => {
    const unit = 'mcp-fs@owner.service'
    const runWild = async (line: string) => {
      await machine.out(`systemctl restart ${unit}`)
      const group = await machine.out(`systemctl show --value --property=ControlGroup ${unit}`)
      return machine.run(`sh -c 'echo $$ >"/sys/fs/cgroup${group}/cgroup.procs" && ${line}'`)
    }
    await runWild('tail /dev/zero')
    const killed = await machine.out('journalctl -k -b -o cat | grep "cgroup out of memory"')
    assert.match(killed, /\(tail\)/)
    const { output } = await runWild('for i in $(seq 64); do sleep 1000 & done')
    assert.match(output, /Cannot fork/)
    await machine.out(`systemctl restart ${unit}`)
    assert.match(ssh(machine, 'luca', 'ls /').stdout, /\.bashrc/)
  })

  testsOfOverload(() => machine, 'attic')

  test('when it hangs, its watchdog starts it anew', async () => {
    const manager = 'org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager'
    assert.equal(await machine.out(`busctl get-property ${manager} RuntimeWatchdogUSec`), 't 60000000')
    assert.match(
      await machine.out('cat /sys/class/watchdog/watchdog0/{identity,state}'),
      /^i6300ESB timer\nactive$/,
    )
    // A minute is long here. What tells the watchdog that all is well stands still; to keep all processors busy would not do,
    // since kernels leave every user a share of them.
    await machine.out(`busctl set-property ${manager} RuntimeWatchdogUSec t 6000000`)
    await machine.out('echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze')
    // QEMU ends where a machine would start anew.
    await machine.ended()
  })
})
