/** Language models through the real appliance: the gateway, the server that reaches providers, and a provider of ours. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, startAppliance } from './support/appliance.ts'
import { type Provider, startProvider, WORDS } from './support/provider.ts'

let provider: Provider
let a: Appliance
let openai: OpenAI
const ANSWER = WORDS.join('')
const QUESTION = [{ role: 'user' as const, content: 'What colour is the sky?' }]

before(async () => {
  provider = await startProvider()
  a = await startAppliance({
    models: `
providers:
  fixture: {api_base_url: "${provider.url}", levels: [small, big, best]}
models:
  sky: {provider: fixture, model_name: sky-1, is_default: true}
`,
  })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})

test('the official client is answered in one piece and in pieces', async () => {
  const whole = await openai.chat.completions.create({ model: 'sky', messages: QUESTION })
  assert.equal(whole.choices[0]?.message.content, ANSWER)
  const stream = await openai.chat.completions.create({ model: 'sky', messages: QUESTION, stream: true })
  let said = ''
  for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? ''
  assert.equal(said, ANSWER)
})
