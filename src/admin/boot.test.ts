import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boot } from './boot.ts'
import { RunFailed } from './run.ts'
import { addSshKey } from './ssh-keys.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'
import { listUsers } from './users.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvZ5K0nF1L0p3m9Z0n1v8Q2cYw6i2zV3m1k0s9e7d3f ada@desk'

/** Boots a machine with what was provided from outside; gives what was logged as wrong. */
async function start(t: TestContext, provided: Record<string, string> = {}) {
  const machine = testMachine()
  const folder = join(machine.folder, 'provided')
  mkdirSync(folder)
  for (const [name, value] of Object.entries(provided))
    writeFileSync(join(folder, name), value, { mode: 0o600 })
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
const sealed = (machine: TestMachine, name: string) =>
  Buffer.from(
    readFileSync(join(machine.state, 'credstore.encrypted', name), 'utf8').slice('sealed:'.length),
    'base64',
  ).toString()

test('a first boot makes the owner, a name and a certificate; a second one leaves them', async (t) => {
  const { machine, again, read, wrong } = await start(t)
  assert.deepEqual(wrong, [])
  assert.equal(read('hostname'), 'llmbasedos\n')
  assert.equal(statSync(join(machine.state, 'ssh/host_ed25519_key.pub')).mode & 0o777, 0o644)
  assert.deepEqual(machine.lines('systemctl try-restart'), [], 'the gateway has not started yet')
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
  for (const name of ['luca', 'owner']) assert.equal(read(`ssh/${name}.provided.keys`), `${KEY}\n`)
  assert.equal(statSync(join(machine.state, 'ssh')).mode & 0o777, 0o755)
  assert.equal(readFileSync(join(machine.etc, 'llmbasedos/licence.key'), 'utf8'), 'FREE:ada:2099-12-31\n')
})

test('a name that the machine has already is kept, and not set again', async (t) => {
  const { machine, read } = await start(t, { 'llmbasedos.hostname': 'box\n' })
  assert.equal(read('hostname'), 'box\n')
  assert.deepEqual(machine.lines('hostname'), [])
})

test('a name that was chosen later is not undone by the one that was provided', async (t) => {
  const { machine, again, read } = await start(t, { 'llmbasedos.hostname': 'attic' })
  writeFileSync(join(machine.state, 'hostname'), 'cellar\n')
  await again()
  assert.equal(read('hostname'), 'cellar\n')
})

test('what was provided wrongly is reported, and the machine goes on without it', async (t) => {
  const { machine, wrong } = await start(t, {
    'llmbasedos.hostname': 'no name!',
    'llmbasedos.ssh-keys': `command="rm -rf /" ${KEY}\nnonsense\n\u0000\u0001`,
  })
  assert.equal(wrong.length, 4)
  assert.match(wrong.join('\n'), /^llmbasedos\.hostname: must be a host name/m)
  assert.equal(readFileSync(join(machine.state, 'boot-problems'), 'utf8').trim().split('\n').length, 4)
  for (const number of [1, 2, 3])
    assert.match(
      wrong.join('\n'),
      new RegExp(
        `^llmbasedos\\.ssh-keys: number ${number}: must be one public key of SSH without options`,
        'm',
      ),
    )
  assert.ok(!existsSync(join(machine.state, 'ssh/luca.provided.keys')))
  assert.equal((await listUsers({}, machine)).users.length, 1)
})

const FILE = `
hostname: attic
keyboard: de
timezone: Europe/Berlin
language: de_DE
wifi:
  - { name: Home, passphrase: open sesame }
ssh-keys: ['${KEY}']
licence: FREE:ada:2099-12-31
secrets:
  - { server: gateway, name: openai, value: sk-1 }
  - { server: mail, user: owner, name: password, value: word }
configuration: { servers: { idleSeconds: 5 } }
models: { providers: { ollama: { api_base_url: 'http://127.0.0.1:11434/v1' } } }
`

test('everything can be provided in one file, on a stick or as a credential', async (t) => {
  const { machine, read, wrong } = await start(t, { 'llmbasedos.provision': FILE })
  assert.deepEqual(wrong, [])
  assert.equal(read('boot-problems'), '')
  assert.equal(read('hostname'), 'attic\n')
  assert.equal(read('ssh/owner.provided.keys'), `${KEY}\n`)
  assert.equal(read('wifi/Home.psk'), '[Security]\nPassphrase=open sesame\n')
  assert.deepEqual(JSON.parse(read('locality.json')), {
    keyboard: 'de',
    timezone: 'Europe/Berlin',
    language: 'de_DE',
  })
  assert.equal(sealed(machine, 'llmbasedos-gateway._.openai'), 'sk-1')
  assert.equal(sealed(machine, 'mcp-mail.owner.password'), 'word')
  const kept = JSON.parse(readFileSync(join(machine.etc, 'llmbasedos/gateway.yaml'), 'utf8'))
  assert.deepEqual(kept, { servers: { idleSeconds: 5 } })
  assert.match(readFileSync(join(machine.etc, 'llmbasedos/models.yaml'), 'utf8'), /ollama/)
  assert.match(machine.lines('node').join(), /gateway\.mjs check /)
})

test('a configuration that the gateway refuses is reported and not taken', async (t) => {
  const { machine, again, wrong, read } = await start(t)
  process.env.CREDENTIALS_DIRECTORY = join(machine.folder, 'provided')
  writeFileSync(join(machine.folder, 'provided/llmbasedos.provision'), 'configuration: { nonsense: 1 }', {
    mode: 0o600,
  })
  machine.answers.set('node', () =>
    Promise.reject(new RunFailed('/usr/bin/node', 'failed: "nonsense" is no setting')),
  )
  await again()
  assert.match(wrong.join(), /the configuration of the gateway: this step failed/)
  assert.match(
    read('boot-problems'),
    /the configuration of the gateway: It was rejected: "nonsense" is no setting/,
  )
  assert.ok(!existsSync(join(machine.etc, 'llmbasedos/gateway.yaml')))
})

test('each thing that is wrong in a file is reported without its value, and the rest is taken', async (t) => {
  const { machine, read } = await start(t, {
    'stick.yaml': `
hostname: cellar
ssh-keys: [nonsense, '${KEY}']
licence: 7
secrets:
  - { server: gateway, name: openai, value: sk-1 }
  - { server: '../up', name: x, value: sk-hidden, extra: 1 }
  - sk-hidden
  - { server: mail, user: nobody-here, name: x, value: sk-hidden }
configuration: [1]
wifi: [{ name: Home, passphrase: short }, 7]
timezone: ../../etc/shadow
colour: blue
`,
    'broken.yaml': 'hostname: "attic\n  - [',
    'list.yaml': '- 1',
  })
  assert.equal(read('hostname'), 'cellar\n')
  assert.equal(read('ssh/owner.provided.keys'), `${KEY}\n`)
  assert.equal(sealed(machine, 'llmbasedos-gateway._.openai'), 'sk-1')
  const problems = read('boot-problems')
  assert.doesNotMatch(problems, /sk-hidden|nonsense/)
  for (const told of [
    /^broken\.yaml:\d+: this is not valid YAML/m,
    /^list\.yaml:1: the file: is a list and must be a section with hostname, /m,
    /^stick\.yaml:3: ssh-keys\[0\]: must be one public key/m,
    /^stick\.yaml:4: licence: is a number and must be the text of a licence file; put it in quotes/m,
    /^stick\.yaml:7: secrets\[1\]\.extra: is no setting\. There are: server, user, name, value/m,
    /^stick\.yaml:8: secrets\[2\]: is text and must be a section with server, user, name, value/m,
    /^stick\.yaml:10: configuration: is a list and must be the gateway's settings by name/m,
    /^stick\.yaml:11: wifi\[0\]\.passphrase: must be a passphrase of 8/m,
    /^stick\.yaml:11: wifi\[1\]: is a number and must be a section with name, passphrase/m,
    /^stick\.yaml:12: timezone: must be a time zone/m,
    /^stick\.yaml:13: colour: is no setting/m,
    /^the secret x of mail: There is no user "nobody-here"/m,
  ])
    assert.match(problems, told)
  assert.equal(problems.trim().split('\n').length, 12)
})

test('what is provided anew takes the place of what was provided, and leaves keys that were added', async (t) => {
  const { machine, again, read } = await start(t, { 'llmbasedos.ssh-keys': KEY })
  const other = KEY.replace('AAAAIJ', 'AAAAIK')
  await addSshKey({ name: 'owner', key: other }, machine)
  writeFileSync(join(machine.folder, 'provided/llmbasedos.ssh-keys'), KEY.replace('ada@desk', 'ada@lap'))
  await again()
  assert.match(read('ssh/luca.provided.keys'), /ada@lap/)
  assert.equal(read('ssh/luca.keys'), `${other}\n`)
})
