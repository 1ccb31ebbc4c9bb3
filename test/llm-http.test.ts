/** What `/v1` says to pages of other origins, and how it refuses. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Appliance } from './support/appliance.ts'
import { send } from './support/http.ts'
import { type LanguageModels, QUESTION, startLanguageModels } from './support/language-models.ts'

let models: LanguageModels
let a: Appliance
before(async () => {
  models = await startLanguageModels()
  ;({ appliance: a } = models)
})
after(() => models?.[Symbol.asyncDispose]())

test('pages of an allowed origin may send what the official client sends', async () => {
  const { status, headers } = await send(`${a.origin}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin: a.origin,
      'access-control-request-headers': 'authorization, x-stainless-lang, x-other, openai-organization',
    },
  })
  const allowed = String(headers['access-control-allow-headers']).split(/, */)
  assert.equal(status, 204)
  for (const name of ['authorization', 'x-stainless-lang', 'openai-organization'])
    assert.ok(allowed.includes(name), name)
  assert.ok(!allowed.includes('x-other'))
})

test('refusals have the shape and the status that clients act on', async () => {
  const refused = async (body: object, headers: Record<string, string> = {}) => {
    const { status, json } = await send(`${a.origin}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return [status, json.error.type, json.error.code, json.error.param]
  }
  const messages = QUESTION
  const invalid = 'invalid_request_error'
  assert.deepEqual(await refused({ messages, model: 'large' }), [404, invalid, 'model_not_found', null])
  assert.deepEqual(await refused({}), [400, invalid, 'invalid_request', 'messages'])
  assert.deepEqual(await refused({ messages, max_tokens: -1 }), [
    400,
    invalid,
    'invalid_request',
    'max_tokens',
  ])
  assert.deepEqual(await refused({ messages: [7] }), [400, invalid, 'invalid_request', 'messages'])
  assert.deepEqual(await refused({ messages, stream: 'yes' }), [400, invalid, 'invalid_request', 'stream'])
  assert.deepEqual(await refused({ messages, complexity: 5 }), [
    400,
    invalid,
    'invalid_request',
    'complexity',
  ])
  const long = { model: 'tiny', messages: [{ role: 'user', content: 'long' }] }
  assert.deepEqual(await refused(long), [400, invalid, 'context_length_exceeded', null])
  assert.deepEqual(await refused({}, { authorization: 'Bearer sk-other' }), [
    ...[401, 'authentication_error', 'invalid_api_key', null],
  ])
  assert.equal((await send(`${a.origin}/v1/files`, { method: 'GET' })).status, 401)
  const other = await send(`${a.origin}/v1/files`, {
    method: 'GET',
    headers: { authorization: `Bearer ${a.token}` },
  })
  assert.deepEqual([other.status, other.json.error.type], [404, invalid])
  const verb = await send(`${a.origin}/v1/chat/completions`, {
    method: 'GET',
    headers: { authorization: `Bearer ${a.token}` },
  })
  assert.deepEqual([verb.status, verb.headers.allow], [405, 'POST, OPTIONS'])
  const text = await send(`${a.origin}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
    body: '{"messages": [',
  })
  assert.deepEqual([text.status, text.json.error.type], [400, invalid])
})
