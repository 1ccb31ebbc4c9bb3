import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boot } from './boot.ts'
import { testMachine } from './testing/machine.ts'
import { listUsers } from './users.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvZ5K0nF1L0p3m9Z0n1v8Q2cYw6i2zV3m1k0s9e7d3f ada@desk'

/** Boots a machine with what was provided from outside; gives what was logged as wrong. */
async function start(t: TestContext, provided: Record<string, string> = {}) {
  const machine = testMachine()
  const folder = join(machine.folder, 'provided')
  mkdirSync(folder)
  for (const [name, value] of Object.entries(provided)) writeFileSync(join(folder, name), value)
  process.env.CREDENTIALS_DIRECTORY = folder
  t.after(() => {
    delete process.env.CREDENTIALS_DIRECTORY
    machine[Symbol.dispose]()
  })
  const wrong: string[] = []
  const again = () => boot(machine, { info() {}, error: (_, text) => void wrong.push(text) })
  await again()
  const read = (path: string) => readFileSync(join(machine.state, path), 'utf8')
  return { machine, wrong, again, read }
}

test('a first boot makes the owner, a name and a certificate; a second one leaves them', async (t) => {
  const { machine, again, read, wrong } = await start(t)
  assert.deepEqual(wrong, [])
  assert.equal(read('hostname'), 'llmbasedos\n')
  assert.equal((await listUsers({}, machine)).users.length, 1)
  const certificate = read('gateway.crt')
  await again()
  assert.equal(read('gateway.crt'), certificate)
  assert.deepEqual(wrong, [])
})

test('a name, keys and a licence that were provided are taken', async (t) => {
  const { machine, read, wrong } = await start(t, {
    'llmbasedos.hostname': 'attic\n',
    'llmbasedos.ssh-keys': `# mine\n${KEY}\n\n`,
    'llmbasedos.licence': 'FREE:ada:2099-12-31\n',
  })
  assert.deepEqual(wrong, [])
  assert.equal(read('hostname'), 'attic\n')
  for (const name of ['luca', 'owner']) assert.equal(read(`ssh/${name}.keys`), `${KEY}\n`)
  assert.equal(statSync(join(machine.state, 'ssh')).mode & 0o777, 0o755)
  assert.equal(readFileSync(join(machine.etc, 'llmbasedos/licence.key'), 'utf8'), 'FREE:ada:2099-12-31\n')
})

test('a name that was chosen later is not undone by the one that was provided', async (t) => {
  const { machine, again, read } = await start(t, { 'llmbasedos.hostname': 'attic' })
  writeFileSync(join(machine.state, 'hostname'), 'cellar\n')
  await again()
  assert.equal(read('hostname'), 'cellar\n')
})

test('what was provided wrongly is told of, and the machine goes on without it', async (t) => {
  const { machine, wrong } = await start(t, {
    'llmbasedos.hostname': 'no name!',
    'llmbasedos.ssh-keys': `command="rm -rf /" ${KEY}\nnonsense\n\u0000\u0001`,
  })
  assert.equal(wrong.length, 2)
  assert.match(wrong.join('\n'), /host name/)
  assert.match(wrong.join('\n'), /no public key, or have options/)
  assert.ok(!existsSync(join(machine.state, 'ssh/luca.keys')))
  assert.equal((await listUsers({}, machine)).users.length, 1)
})
