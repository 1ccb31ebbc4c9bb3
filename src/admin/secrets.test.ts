import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RunFailed } from './run.ts'
import { listSecrets, removeSecret, setSecret } from './secrets.ts'
import { testMachine } from './testing/machine.ts'
import { makeOwner } from './users.ts'

const ROOT = { uid: 0, name: 'root', mayAll: true }

test('a secret is sealed under its own name, by stdin alone, and its service starts anew', async () => {
  using machine = testMachine()
  await makeOwner(machine)
  machine.ran.length = 0
  const done = await setSecret({ server: 'mail', user: 'owner', name: 'login', value: 'hunter22' }, machine)
  assert.deepEqual(done, { restarted: true })
  assert.deepEqual(machine.ran, [
    { line: 'systemd-creds encrypt --name=mcp-mail.owner.login --with-key=host - -', input: 'hunter22' },
    { line: 'systemctl try-restart -- mcp-mail@owner.service', input: undefined },
  ])
  const path = join(machine.state, 'credstore.encrypted/mcp-mail.owner.login')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  assert.ok(!readFileSync(path, 'utf8').includes('hunter22'))
})

test('the chip of the machine seals where there is one', async () => {
  using machine = testMachine()
  await setSecret({ server: 'llm', name: 'key', value: 'x' }, { ...machine, hasTpm: () => true })
  assert.deepEqual(machine.lines(''), [
    'systemd-creds encrypt --name=llmbasedos-llm._.key --with-key=auto - -',
    'systemctl try-restart -- llmbasedos-llm.service',
  ])
})

test('names are listed, never values, and a removed secret is gone', async () => {
  using machine = testMachine()
  await makeOwner(machine)
  await setSecret({ server: 'llm', name: 'key', value: 'x' }, machine)
  await setSecret({ server: 'mail', user: 'owner', name: 'login', value: 'x' }, machine)
  const secrets = [
    { server: 'llm', user: null, name: 'key' },
    { server: 'mail', user: 'owner', name: 'login' },
  ]
  assert.deepEqual(await listSecrets({}, machine, ROOT), { secrets })
  await removeSecret({ server: 'llm', name: 'key' }, machine)
  assert.deepEqual(await listSecrets({}, machine, ROOT), { secrets: secrets.slice(1) })
  await assert.rejects(removeSecret({ server: 'llm', name: 'key' }, machine), /no such secret/)
})

test('a secret of a name that is no user is refused', async () => {
  using machine = testMachine()
  await assert.rejects(setSecret({ server: 'mail', user: 'eve', name: 'x', value: 'x' }, machine), /no user/)
  assert.deepEqual(machine.ran, [])
})

test('the earlier secret stays where the new one can not be sealed', async () => {
  using machine = testMachine()
  await setSecret({ server: 'llm', name: 'key', value: 'x' }, machine)
  const folder = join(machine.state, 'credstore.encrypted')
  const before = readFileSync(join(folder, 'llmbasedos-llm._.key'), 'utf8')
  machine.answers.set('systemd-creds', () => {
    throw new RunFailed('/usr/bin/systemd-creds', 'failed: no key')
  })
  await assert.rejects(setSecret({ server: 'llm', name: 'key', value: 'y' }, machine), /no key/)
  assert.deepEqual(readdirSync(folder), ['llmbasedos-llm._.key'])
  assert.equal(readFileSync(join(folder, 'llmbasedos-llm._.key'), 'utf8'), before)
})

test('a service that can not be restarted does not undo the change, and that is reported', async () => {
  using machine = testMachine()
  machine.answers.set('systemctl', () => {
    throw new RunFailed('/usr/bin/systemctl', 'failed: no such unit')
  })
  assert.deepEqual(await setSecret({ server: 'llm', name: 'key', value: 'x' }, machine), { restarted: false })
  assert.equal((await listSecrets({}, machine, ROOT)).secrets.length, 1)
})
