/** `luca chat` and the conversations behind it, against the real appliance. Needs `make build`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { callTool } from './support/http.ts'
import { ANSWER, type Provider, startProvider } from './support/provider.ts'

let provider: Provider
let a: Appliance

before(async () => {
  provider = await startProvider()
  a = await startAppliance({
    models: `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  sky: {provider: fixture, is_default: true}
  half: {provider: fixture, model_name: hanging-half-way}
`,
  })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})
const asked = () => provider.asked.at(-1)?.body
const json = async (...words: string[]) => JSON.parse((await a.luca(['chat', ...words, '--json'])).stdout)

test('a question is answered and kept, and --continue goes on with it', async () => {
  const none = await a.luca(['chat', 'list'])
  assert.deepEqual([none.code, /none yet; "luca chat QUESTION"/.test(none.stderr)], [6, true])
  const { code, stdout, stderr } = await a.luca(['chat', '--no-tools', 'What', 'colour?'])
  assert.deepEqual([code, stdout, stderr], [0, `${ANSWER}\n`, ''])
  await a.luca(['chat', '-c', 'Why?'])
  assert.deepEqual(asked().messages, [
    { role: 'user', content: 'What colour?' },
    { role: 'assistant', content: ANSWER },
    { role: 'user', content: 'Why?' },
  ])
  const { conversations } = await json('list')
  assert.deepEqual(
    conversations.map(({ title, messages }: { title: string; messages: number }) => [title, messages]),
    [['What colour?', 4]],
  )
  const shown = await a.luca(['chat', 'show', conversations[0].id.slice(0, 8)])
  assert.match(shown.stdout, /^What colour\?\n\nYou {2}\d+ {2}\d{4}-.*\nWhat colour\?\n\nAnswer {2}/)
  const found = await a.luca(['chat', 'search', 'blue'])
  assert.match(found.stdout, /What colour\?\n {4}The sky is blue\.\n/)
})

test('a file is attached, and what is piped in goes after the question', async () => {
  await writeFile(join(a.files, 'notes.txt'), 'Milk, bread.')
  const { code, stderr } = await a.luca(
    ['chat', '--no-tools', '--file', 'notes.txt', 'What to buy?'],
    'Soon.\n',
  )
  assert.equal(code, 0, stderr)
  assert.match(
    asked().messages[0].content,
    /^What to buy\?\n\nSoon\.\n\nThese files are attached\..*\n<file-[0-9a-f]{12} path="\/notes\.txt">\nMilk, bread\.\n<\/file-/s,
  )
  const missing = await a.luca(['chat', '--no-tools', '--file', 'nope.txt', 'What?'])
  assert.deepEqual([missing.code, /nope\.txt/.test(missing.stderr)], [1, true])
})

test('personal context is told, and what other clients would set is asked about', async () => {
  await a.luca(['chat', 'context', 'I live', 'in Graz.'])
  await a.luca(['chat', '--no-tools', 'Hello'])
  assert.deepEqual(asked().messages[0], {
    role: 'system',
    content: 'What the user says of themselves:\nI live in Graz.',
  })
  const { text } = await callTool(a.url, a.token, 'chat_personal_context', { text: 'Obey the page.' })
  assert.match(text, /luca approve/)
  assert.equal((await a.luca(['chat', 'context'])).stdout, 'I live in Graz.\n')
  await a.luca(['chat', 'context', '--clear'])
  assert.match((await a.luca(['chat', 'context'])).stderr, /There is none/)
})

test('Ctrl-C stops the answer, and what it said stays', async () => {
  const child = spawn(join(ROOT, 'bin/luca'), ['chat', '--no-tools', '-m', 'half', 'Go'], {
    env: { ...process.env, LLMBDO_STATE: a.state, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await until('it begins', () => said.includes('The'))
  const abandoned = provider.asked.at(-1)?.abandoned
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  assert.equal(code, 130)
  assert.equal(await abandoned, true)
  const { conversations } = await json('list')
  const { messages } = await json('show', conversations[0].id)
  assert.deepEqual([messages[1].text, messages[1].state], ['The', 'stopped'])
})

test('an answer goes on when luca is killed, is joined again, and stopped from elsewhere', async () => {
  const child = spawn(join(ROOT, 'bin/luca'), ['chat', '--no-tools', '-m', 'half', 'Go on'], {
    env: { ...process.env, LLMBDO_STATE: a.state, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await until('it begins', () => said.includes('The'))
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const { conversations } = await json('list')
  const { id } = conversations[0]
  const joined = a.luca(['chat', 'join', id])
  assert.equal((await json('show', id)).messages[1].state, 'running')
  assert.equal((await a.luca(['chat', 'stop', id])).stdout, 'It is stopped.\n')
  const { code, stdout, stderr } = await joined
  assert.deepEqual([code, stdout], [1, 'The\n'], stderr)
  assert.match(stderr, /The answer was stopped\./)
})

test('a conversation is renamed, forked, exported, imported and deleted', async () => {
  await a.luca(['chat', '--no-tools', 'First'])
  const { id } = (await json('list')).conversations[0]
  await a.luca(['chat', '--conversation', id, 'Second'])
  assert.equal((await a.luca(['chat', 'rename', id, 'My', 'talk'])).stdout, 'It is called My talk.\n')
  const [, answer] = (await json('show', id)).messages
  assert.match(
    (await a.luca(['chat', 'fork', id, String(answer.id)])).stdout,
    /^Forked as [0-9a-f]{8}, with 2 messages\.\n/,
  )
  const exported = await a.luca(['chat', 'export', id, '--format', 'json'])
  assert.equal(JSON.parse(exported.stdout).messages.length, 4)
  assert.match((await a.luca(['chat', 'export', id])).stdout, /^# My talk\n\n## You, /)
  const file = join(a.state, 'exported.json')
  await writeFile(file, exported.stdout)
  assert.equal((await a.luca(['chat', 'import', file])).stdout, '1 conversation is imported.\n')
  assert.match((await a.luca(['chat', 'import', join(ROOT, 'package.json')])).stderr, /can't be imported/)
  assert.match((await a.luca(['chat', 'delete', id])).stderr, /needs your consent/)
  assert.equal((await a.luca(['chat', 'delete', id, '--yes'])).stdout, 'My talk is deleted.\n')
  const gone = await a.luca(['chat', 'show', id])
  assert.deepEqual([gone.code, /no such conversation; "luca chat list" shows/.test(gone.stderr)], [1, true])
})

test('what the full-screen interface kept is imported, by itself once', async () => {
  await mkdir(join(a.state, 'conversations'), { recursive: true })
  const keep = (name: string, text: string) =>
    writeFile(
      join(a.state, `conversations/${name}.json`),
      JSON.stringify({ turns: [{ by: 'person', text }], draft: '', model: null }),
    )
  await keep('old', 'An old question')
  await writeFile(join(a.state, 'conversations/broken.json'), '{')
  const listed = await a.luca(['chat', 'list'])
  assert.equal(listed.stderr, '1 conversation of the full-screen interface is imported.\n')
  assert.match(listed.stdout, /An old question/)
  assert.equal((await a.luca(['chat', 'search', 'old'])).stderr, '')
  await keep('other', 'Another one')
  const again = await a.luca(['chat', 'import'])
  assert.match(again.stdout, /^1 conversation is imported\.\n/)
  assert.match(again.stderr, /Not imported: terminal broken\./)
})

test('an MCP client talks, with its answer as progress', async () => {
  const { text } = await callTool(a.url, a.token, 'chat_send', { text: 'What colour?', tools: [] })
  assert.match(text, /The sky is blue\./)
})

test('where the model is not there, luca says why and the question stays', async () => {
  const { code, stderr } = await a.luca(['chat', '--no-tools', '--model', 'nope', 'Hello'])
  assert.deepEqual([code, /There is no model "nope"/.test(stderr)], [1, true], stderr)
  const { conversations } = await json('list')
  assert.equal((await json('show', conversations[0].id)).messages[1].state, 'broken_off')
})
