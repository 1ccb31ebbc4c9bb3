/** The service of a login that `make install` makes, from the login on, and under the service manager of its user. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { System } from './system.ts'

const ROOT = join(import.meta.dirname, '..')
const HOME = '/home/ada'
const LUCA = `${HOME}/.local/bin/luca`
const UNIT = 'llmbasedos.service'
const SOCKET = `${HOME}/.local/state/llmbasedos/run/mcp/gateway.sock`

let system: System
let uid = ''
before(async () => {
  system = await System.boot()
  await system.out(['luca', 'user', 'add', 'ada'])
  uid = await system.out(['id', '-u', 'ada'])
  const made = mkdtempSync(join(tmpdir(), 'installed-'))
  try {
    install(made)
    system.copyIn(made, HOME)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  await system.out(['chown', '-R', 'ada:', HOME])
})
after(() => system?.stop())

/** Installs into a folder that stands where the user's home will: what is installed knows its own path. */
function install(into: string): void {
  const script = `mount -t tmpfs none /home && mkdir ${HOME} && mount --bind "$0" ${HOME} && exec "$@"`
  const words = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/install-prefix.ts')]
  const command = [process.execPath, ...words, `${HOME}/.local`]
  const env = { PATH: '/usr/bin:/bin', HOME }
  execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, into, ...command], {
    env,
  })
}

const asAda = (...command: string[]) =>
  system.run(['env', `HOME=${HOME}`, `XDG_RUNTIME_DIR=/run/user/${uid}`, ...command], { user: 'ada' })
const manage = (...words: string[]) => asAda('systemctl', '--user', ...words)
const property = async (name: string) =>
  (await manage('show', '--value', `--property=${name}`, UNIT)).stdout.trim()
/** By the user's own gateway; that of the appliance is another. */
const isUp = async () => (await asAda(LUCA, 'ls', '--socket', SOCKET)).code === 0

test('starts with the login, and ends with it', async () => {
  // The appliance itself would have the port.
  const own = ['llmbasedos-gateway-http.socket', 'llmbasedos-gateway.service']
  await system.out(['systemctl', 'stop', ...own])
  // Opens a session as sshd and login do, by PAM and logind.
  const session = ['--unit=login', '--property=PAMName=login', '--uid=ada', '--collect']
  await system.out(['systemd-run', ...session, 'sleep', 'infinity'])
  await system.until('it answers', isUp)
  assert.equal((await asAda(LUCA, 'welcome')).code, 0)
  await system.out(['systemctl', 'stop', 'login.service'])
  const isGone = async () => (await system.show(`user@${uid}.service`, 'ActiveState')) === 'inactive'
  await system.until('it has ended', isGone)
  assert.equal(await isUp(), false)
  await system.out(['systemctl', 'start', ...own])
})

test('is not started again and again where its port is in use', async () => {
  // The appliance itself has the port. As with lingering, there is a manager without a login.
  await system.out(['systemctl', 'start', `user@${uid}.service`])
  await system.until('it has ended', async () => (await property('ActiveState')) === 'failed')
  assert.deepEqual([await property('ExecMainStatus'), await property('NRestarts')], ['5', '0'])
})

test('runs once the port is free, and starts again after it was killed', async () => {
  await system.out(['systemctl', 'stop', 'llmbasedos-gateway-http.socket', 'llmbasedos-gateway.service'])
  await manage('reset-failed', UNIT)
  assert.equal((await manage('start', UNIT)).code, 0)
  await system.until('it answers', isUp)
  const first = await property('MainPID')
  await system.out(['kill', '-KILL', first])
  await system.until('it answers again', async () => (await property('MainPID')) !== first && (await isUp()))
  assert.equal(await property('NRestarts'), '1')
})

test('ends in good order, and goes with luca uninstall', async () => {
  assert.equal((await manage('stop', UNIT)).code, 0)
  assert.deepEqual([await property('ActiveState'), await property('Result')], ['inactive', 'success'])
  await manage('start', UNIT)
  await system.until('it answers', isUp)
  const { code, stdout, stderr } = await asAda(LUCA, 'uninstall', '--yes')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^removed luca from \/home\/ada\/\.local\n/)
  assert.equal(await property('LoadState'), 'not-found')
})
