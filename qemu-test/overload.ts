/** What a user with a shell can do to a machine: it must not end what others reach it by. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchFrom, ssh } from './clients.ts'
import type { Machine } from './machine.ts'

/** Has a person with a shell take all the memory and all the processes that there are, in each way that there is. */
export function testsOfOverload(machine: () => Machine, name: string): void {
  const shell = (line: string) => ssh(machine(), 'owner', line)
  /** What must go on, whoever does what. */
  const goesOn = async () => {
    const health = await fetchFrom(machine(), name)(`https://${name}.local/health`)
    assert.equal((await health.text()).trim(), 'ok')
    assert.equal(shell('id -un').stdout.trim(), 'owner')
    assert.match(ssh(machine(), 'luca', "call time_get_current_time '{}'").stdout, /timezone/)
    assert.equal(await machine().out('systemctl --failed --plain --no-legend'), '')
    for (const unit of ['llmbasedos-gateway', 'systemd-logind', 'systemd-networkd', 'dbus'])
      assert.equal(await machine().out(`systemctl show --value -p NRestarts ${unit}`), '0', unit)
  }

  test('file systems in memory, all of them full, leave it what it needs', async () => {
    const fill = (path: string) => `dd if=/dev/urandom of=${path}/fill bs=1M 2>&1 | tail -1;`
    const { stdout } = shell(
      `for path in /tmp /dev/shm /run/lock $XDG_RUNTIME_DIR $HOME; do ${fill('$path')} done; free -m; df`,
    )
    assert.match(stdout, /copied/)
    const full = await machine().out('df --output=pcent /tmp /dev/shm | tail -n +2')
    assert.deepEqual(full.split(/\s+/).filter(Boolean), ['100%', '100%'])
    await goesOn()
    shell('rm -f /tmp/fill /dev/shm/fill /run/lock/fill $XDG_RUNTIME_DIR/fill $HOME/fill')
  })

  test('a program that takes all the memory is ended, and nothing else', async () => {
    shell('tail /dev/zero')
    assert.match(await machine().out('journalctl -k -b -o cat | grep "Killed process" | tail -1'), /\(tail\)/)
    await goesOn()
  })

  test('programs that multiply come to an end, and another login puts an end to them', async () => {
    // They wait until no more can be made, and then each keeps a processor busy as long as it is let.
    shell('mkfifo /tmp/go')
    const each = 'read _ </tmp/go; while :; do :; done'
    shell(`setsid sh -c 'while :; do (${each}) & done' >/dev/null 2>&1 &`)
    const refused =
      'cat /sys/fs/cgroup/user.slice/user-1000.slice/session-*.scope/pids.events | grep -q "max [1-9]"'
    await machine().out(`timeout 100 sh -c 'until ${refused}; do sleep 1; done'`)
    shell(': >/tmp/go; rm /tmp/go')
    await goesOn()
    shell("pkill -KILL -f '[w]hile :'")
    await machine().out(`timeout 60 sh -c 'while pgrep -f "[w]hile :; do" >/dev/null; do sleep 1; done'`)
  })
}
