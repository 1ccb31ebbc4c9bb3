/** A conversation whose model uses tools: consent in its place, clients that go and come back. Against the real appliance. Needs `make build`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { type Provider, play, type Said, startProvider } from './support/provider.ts'
import { Terminal } from './support/terminal.ts'

let a: Appliance
let provider: Provider
before(async () => {
  provider = await startProvider()
  a = await startAppliance({
    models: `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  sky: {provider: fixture, is_default: true}
`,
  })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})

const file = (name: string, text = name) => {
  writeFileSync(join(a.files, name), text)
  return `/${name}`
}
const READ = (path: string): Said => ({ calls: [['fs_read_text_file', { path }]] })
const DELETE = (path: string): Said => ({ calls: [['fs_delete_file', { path }]] })
const json = async (...words: string[]) => JSON.parse((await a.luca([...words, '--json'])).stdout)
const last = async () => (await json('chat', 'list')).conversations[0].id as string
const waiting = () =>
  until('a call waits for consent', async () => (await json('approve')).approvals[0]) as Promise<{
    id: string
    tool: string
    warning?: string
  }>

test('each call is a line, and what was read counts in the questions after: all that changes something is asked about', async () => {
  const path = file('notes.txt', 'The boiler is serviced in May.')
  const first = await a.luca(['chat', play([READ(path), { text: 'In May.' }])])
  assert.deepEqual([first.code, first.stdout], [0, 'In May.\n'], first.stderr)
  assert.equal(first.stderr, `→ fs_read_text_file {"path":"${path}"}\n`)
  const old = file('old.txt')
  const second = a.luca(['chat', '-c', play([DELETE(old), { text: 'Deleted.' }])])
  const { id, tool, warning } = await waiting()
  assert.match(tool, /fs_delete_file$/)
  assert.match(warning ?? '', /fs_read_text_file/)
  assert.equal(existsSync(join(a.files, old)), true)
  await a.luca(['approve', id])
  const { code, stdout, stderr } = await second
  assert.deepEqual([code, stdout], [0, 'Deleted.\n'], stderr)
  assert.match(stderr, new RegExp(`It waits for your consent: luca approve ${id}`))
  assert.equal(existsSync(join(a.files, old)), false)
  const fork = await json('chat', 'fork', await last())
  const third = a.luca(['chat', '--conversation', fork.id, play([DELETE(path), { text: 'Not deleted.' }])])
  const again = await waiting()
  assert.match(again.warning ?? '', /fs_read_text_file/)
  await a.luca(['approve', again.id, '--deny'])
  assert.equal((await third).stdout, 'Not deleted.\n')
})

test('at a terminal luca asks in its place', async () => {
  const path = file('old.txt')
  const kept = file('kept.txt')
  const terminal = new Terminal(['chat', play([DELETE(path), DELETE(kept), { text: 'Done.' }])], a.state)
  try {
    await terminal.shows(/fs_delete_file.*old\.txt[\s\S]*Allow it\? \[y\/N\] /)
    terminal.type('y\r')
    await terminal.shows(/fs_delete_file.*kept\.txt[\s\S]*Allow it\? \[y\/N\] /)
    terminal.type('n\r')
    await terminal.shows(/Done\./)
    assert.equal(await terminal.ended(), 0)
  } finally {
    terminal.close()
  }
  assert.deepEqual([existsSync(join(a.files, path)), existsSync(join(a.files, kept))], [false, true])
})

test('--yes is no consent to what a model does', async () => {
  const path = file('precious.txt')
  const sent = a.luca(['chat', '--yes', play([DELETE(path), { text: 'Not done.' }])])
  const { id } = await waiting()
  assert.equal(existsSync(join(a.files, path)), true)
  await a.luca(['approve', id, '--deny'])
  assert.equal((await sent).stdout, 'Not done.\n')
  assert.equal(existsSync(join(a.files, path)), true)
})

test('a client that goes while consent is asked: the answer waits, goes on with the yes, and is there when one comes back', async () => {
  const path = file('gone.txt')
  const env = { ...process.env, LLMBDO_STATE: a.state, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket }
  const luca = join(ROOT, 'bin/luca')
  const child = spawn(luca, ['chat', play([DELETE(path), { text: 'Deleted.' }])], { env, stdio: 'ignore' })
  const { id } = await waiting()
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const back = spawn(luca, ['chat', 'join', await last()], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [back.stdout, back.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  await until('what it waits for is shown', () => said.includes(`luca approve ${id}`))
  assert.match(said, /→ fs_delete_file/)
  assert.equal(existsSync(join(a.files, path)), true)
  const isOver = new Promise((resolve) => back.once('close', resolve))
  await a.luca(['approve', id])
  await isOver
  assert.match(said, /Deleted\.\n$/)
  assert.equal(existsSync(join(a.files, path)), false)
  assert.equal((await a.luca(['chat', 'join', await last()])).stdout, 'Deleted.\n')
})

test('a stop ends a call that waits for consent: it can be allowed no longer', async () => {
  const path = file('stopped.txt')
  const sent = a.luca(['chat', play([DELETE(path), { text: 'Deleted.' }])])
  const { id } = await waiting()
  assert.equal((await a.luca(['chat', 'stop', await last()])).stdout, 'It is stopped.\n')
  assert.equal((await sent).code, 1)
  await a.luca(['approve', id])
  const [, answer] = (await json('chat', 'show', await last())).messages
  assert.equal(answer.state, 'stopped')
  assert.equal(existsSync(join(a.files, path)), true)
})

test('a token that ends while an answer is made ends what it may do', async () => {
  const { token, id } = await json('token', 'create', 'short')
  const path = file('later.txt')
  const sent = callTool(a.url, token, 'chat_send', {
    text: play([DELETE(path), READ(path), { text: 'Done.' }]),
  }).catch(() => {})
  const { id: ticket } = await waiting()
  await a.luca(['token', 'revoke', id])
  await a.luca(['approve', ticket])
  await sent
  await until('it has ended', async () => {
    const [, answer] = (await json('chat', 'show', await last())).messages
    return answer.state === 'broken_off'
  })
  assert.equal(existsSync(join(a.files, path)), true)
})

test('models are offered no tool of conversations, and the log shows the calls of an answer below it', async () => {
  const path = file('seen.txt')
  await a.luca(['chat', play([READ(path), { text: 'Seen.' }])])
  const offered = (provider.asked.at(-1)?.body.tools ?? []) as { function: { name: string } }[]
  assert.ok(offered.length > 0)
  for (const { function: one } of offered) assert.doesNotMatch(one.name, /^(?:chat|llm)_/)
  const { stdout } = await a.luca(['log', '--calls'])
  assert.match(stdout, /chat[\s\S]*llm[\s\S]*fs_read_text_file/)
})
