/** Conversations over plain HTTP, in the shapes of other chat services, through the real appliance. Needs `make build`. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Appliance } from './support/appliance.ts'
import { send } from './support/http.ts'
import { type LanguageModels, startLanguageModels } from './support/language-models.ts'
import { ANSWER } from './support/provider.ts'

let models: LanguageModels
let a: Appliance
before(async () => {
  models = await startLanguageModels()
  a = models.appliance
})
after(() => models?.[Symbol.asyncDispose]())

const ask = (method: string, path: string, body?: unknown, token = a.token) =>
  send(`${a.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
const lastSaid = () => models.provider.asked.at(-1)?.body.messages as { role: string; content: string }[]

test('/chat answers a conversation that its caller keeps, with tools, and keeps nothing', async () => {
  const { status, json } = await ask('POST', '/chat', { messages: [{ role: 'user', content: 'Hello?' }] })
  assert.deepEqual([status, json], [200, { response: ANSWER }])
  assert.ok(models.provider.asked.some(({ body }) => body.tools?.length > 0))
  const { conversations } = (await ask('POST', '/execute', { name: 'chat_list_conversations' })).json.result
  assert.deepEqual(conversations, [])
})

test('/process goes on with the conversation of its caller, until that is reset', async () => {
  const first = await ask('POST', '/process', { request: 'My name is Ada.', client_type: 'android' })
  assert.equal(first.status, 200, JSON.stringify(first.json))
  assert.deepEqual([first.json.status, first.json.response], ['success', ANSWER])
  assert.ok(Array.isArray(first.json.selected_modules))
  const second = await ask('POST', '/process', { request: 'What is my name?' })
  assert.equal(second.json.conversation, first.json.conversation)
  assert.deepEqual(
    lastSaid()
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content),
    ['My name is Ada.', 'What is my name?'],
  )
  assert.deepEqual((await ask('POST', '/reset')).json, { status: 'success' })
  const third = await ask('POST', '/process', { request: 'What is my name?' })
  assert.notEqual(third.json.conversation, first.json.conversation)
  const back = await ask('POST', '/process', { request: 'And now?', conversation: first.json.conversation })
  assert.equal(back.json.conversation, first.json.conversation)
})

test('where the conversation of its caller was deleted, /process begins another', async () => {
  const { json } = await ask('POST', '/process', { request: 'Remember this.' })
  const gone = await a.luca(['chat', 'delete', json.conversation, '--yes'])
  assert.equal(gone.code, 0, gone.stderr)
  const next = await ask('POST', '/process', { request: 'And this.' })
  assert.deepEqual([next.status, next.json.response], [200, ANSWER], JSON.stringify(next.json))
  assert.notEqual(next.json.conversation, json.conversation)
})

test('where its caller is, is told to the model', async () => {
  await ask('POST', '/process', { request: 'Where am I?', position: { latitude: 48.2, longitude: -16.4 } })
  assert.match(lastSaid().findLast(({ role }) => role === 'user')?.content ?? '', /48\.2, longitude -16\.4/)
})

test('with sound there is a text to be spoken', async () => {
  const { json } = await ask('POST', '/process', { request: 'Hello.', sound_enabled: true })
  assert.deepEqual([json.text_display, json.text_tts], [ANSWER, ANSWER])
})

test('/tasks names no answer once all are made, and /status the servers with their tools', async () => {
  assert.deepEqual((await ask('GET', '/tasks')).json, { background_tasks: [], id: '' })
  const { json } = await ask('GET', '/status')
  const fs = json.modules.find(({ name }: { name: string }) => name === 'fs')
  assert.ok(fs.tools_count > 5 && fs.description !== '' && fs.enabled)
})

const BAD: readonly [what: string, path: string, body: unknown, says: RegExp][] = [
  ['a body that is a list', '/process', [1], /must be \{"request"/],
  ['a body that is no JSON', '/process', '{"request":', /JSON/],
  ['no request', '/process', {}, /"request" must be a text/],
  ['an empty request', '/process', { request: ' ' }, /"request" must be a text/],
  [
    'a position on no globe',
    '/process',
    { request: 'x', position: { latitude: 91, longitude: 0 } },
    /degrees/,
  ],
  ['a position that is a text', '/process', { request: 'x', position: 'here' }, /degrees/],
  ['another kind of client', '/process', { request: 'x', client_type: 'fridge' }, /web, android, tui/],
  ['sound that is a word', '/process', { request: 'x', sound_enabled: 'yes' }, /true or false/],
  [
    'a conversation of somebody else',
    '/process',
    { request: 'x', conversation: 'zzzzzz' },
    /no such conversation/,
  ],
  ['no messages', '/chat', {}, /"messages"/],
]
for (const [what, path, body, says] of BAD)
  test(`${what} is refused with a sentence`, async () => {
    const { status, json } = await ask('POST', path, body)
    assert.equal(status, 400, JSON.stringify(json))
    assert.match(json.error.message, says)
  })

test('without a token none of it is there', async () => {
  for (const path of ['/chat', '/process', '/reset'])
    assert.equal((await ask('POST', path, {}, 'llmb_wrong')).status, 401, path)
  for (const path of ['/tasks', '/status'])
    assert.equal((await ask('GET', path, undefined, 'llmb_wrong')).status, 401)
})
