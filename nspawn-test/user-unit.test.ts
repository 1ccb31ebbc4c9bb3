/** The service of a login that `make install` makes, under the service manager of a user who is not logged in. */
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
  // As lingering does: it runs without a login.
  await system.out(['systemctl', 'start', `user@${uid}.service`])
  await system.until('the service manager of ada runs', async () =>
    /running|degraded/.test((await manage('is-system-running')).stdout),
  )
})
after(() => system?.stop())

/** Installs into a folder that stands where her home will: what is installed knows its own path. */
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
const isUp = async () => (await asAda(LUCA, 'ls')).code === 0

test('is not started again and again where its port is in use', async () => {
  // The appliance itself has the port.
  await manage('restart', UNIT)
  await system.until('it has ended', async () => (await property('ActiveState')) === 'failed')
  assert.deepEqual([await property('ExecMainStatus'), await property('NRestarts')], ['5', '0'])
})

test('runs once the port is free, and comes back after it was killed', async () => {
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
