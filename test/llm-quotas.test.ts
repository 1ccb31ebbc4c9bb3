/** Quotas of tokens: before a request is sent, while it streams, after a restart, for a user with many tokens, and at once. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'
import { send } from './support/http.ts'
import { keptState } from './support/kept-state.ts'
import { localModel } from './support/local-model.ts'
import { processes } from './support/processes.ts'
import { type Provider, startProvider } from './support/provider.ts'
import { connectUnix } from './support/v1-client.ts'

const messages = [{ role: 'user' as const, content: 'What colour is the sky?' }]

let provider: Provider
before(async () => {
  provider = await startProvider()
})
after(() => provider?.[Symbol.asyncDispose]())

const TIERS = `
SMALL:
  rate_limit_requests: 0
  allowed_capabilities: ["*"]
  llm_access: true
  allowed_llm_models: [sky, endless, lying, tiny]
  max_llm_tokens_per_request: 60
  max_llm_tokens_per_day: 100
MANY:
  rate_limit_requests: 0
  allowed_capabilities: ["*"]
  llm_access: true
  allowed_llm_models: ["*"]
  max_llm_tokens_per_day: 200
MUTE:
  allowed_capabilities: ["*"]
`
const setUp = async (a: Appliance, tier: string) => {
  await writeFile(join(a.state, 'etc/tiers.yaml'), TIERS)
  const made = await until(`the tier ${tier} is known`, async () => {
    const { code, stdout } = await a.luca(['token', 'create', tier, '--tier', tier, '--json'])
    return code === 0 ? stdout : undefined
  })
  const { token } = JSON.parse(made)
  return { token, openai: new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: token, maxRetries: 0 }) }
}
const models = () => `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  sky: {provider: fixture, is_default: true, fallback: [dear]}
  dear: {provider: fixture}
  endless: {provider: fixture}
  lying: {provider: fixture}
  rate-limited-a-while: {provider: fixture}
`
const left = async (a: Appliance, token: string) => {
  const { json } = await send(`${a.origin}/mcp`, {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-method': 'mcp.licence.check',
      'mcp-protocol-version': '2026-07-28',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'mcp.licence.check',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })
  return Number(json.result.value.quotas.llm_tokens_today_remaining)
}
/** What the gateway would know of the tokens that a tier used, if it were killed now. */
function keptUse(a: Appliance, tier: string): number {
  using db = keptState(a)
  const row = db.prepare('SELECT tokens FROM tokenUsage WHERE key LIKE ?').get(`% ${tier}`)
  return Number(row?.tokens ?? 0)
}
/** How many calls were reported as cancelled. */
const cancelled = (a: Appliance) => a.log().split('"outcome":"cancelled"').length - 1

test('they bind before a request is sent, while it streams, and after a restart', async () => {
  await using local = await localModel()
  await using a = await startAppliance({ ...local, models: models() })
  const { token, openai } = await setUp(a, 'SMALL')
  const ask = (more: object) =>
    openai.chat.completions.create({
      model: 'sky',
      messages,
      ...more,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)
  assert.equal(await left(a, token), 100)

  const sent = provider.asked.length
  const tooLong = await failureOf(ask({ messages: [{ role: 'user', content: 'word '.repeat(300) }] }))
  assert.deepEqual([tooLong.status, tooLong.code], [429, 'insufficient_quota'])
  assert.match(tooLong.message, /SMALL\.max_llm_tokens_per_request.*a request may take 60/)
  assert.match((await failureOf(ask({ max_tokens: 80 }))).message, /the answer may have 80/)
  // A text that the model of this machine has counted: seven messages of ten tokens.
  const counted = await failureOf(ask({ model: 'tiny', messages: Array(7).fill(messages[0]) }))
  assert.match(counted.message, /the prompt has about 70 tokens/)
  assert.equal(provider.asked.length, sent)
  assert.equal(await left(a, token), 100)

  await ask({})
  assert.equal(await left(a, token), 100 - 12)
  assert.ok(provider.asked.at(-1)?.body.max_tokens <= 60)

  // It gets the limit of its answer, and takes no notice.
  const request = { model: 'endless', messages, stream: true } as const
  let pieces = 0
  const cut = await failureOf(
    (async () => {
      for await (const { choices } of await openai.chat.completions.create(request))
        if (choices[0]?.delta.content) pieces++
    })(),
  )
  assert.match(cut.message, /SMALL\.max_llm_tokens_per_request.*longer than the 60 tokens/)
  assert.ok(pieces > 20 && pieces < 60, String(pieces))
  assert.equal(await provider.asked.at(-1)?.abandoned, true)
  const rest = await left(a, token)
  assert.ok(rest > 0 && rest < 40, String(rest))

  // What is left of the day is less than a request may have.
  const today = await failureOf(ask({ max_tokens: 45 }))
  assert.match(today.message, new RegExp(`SMALL\\.max_llm_tokens_per_day.*${rest} are left today`))
  const ended = await failureOf(ask({ model: 'endless' }))
  assert.match(ended.message, /max_llm_tokens_per_day.*used up/)
  assert.equal(await left(a, token), 0)
  const client = await connectUnix(a.socket)
  assert.ok((await client.call('mcp.llm.chat', [messages, { model: 'sky' }])).result)
  client.close()

  await until('the use is written down', () => keptUse(a, 'SMALL') >= 100)
  const [gateway = 0] = processes('gateway.mjs').filter((pid) =>
    readFileSync(`/proc/${pid}/environ`, 'utf8').includes(a.state),
  )
  process.kill(gateway, 'SIGKILL')
  await until('it is back', async () => (await left(a, token).catch(() => -1)) === 0)
  assert.match((await failureOf(ask({}))).message, /0 are left today/)
})

test('a model that the tier forbids, and a tier without models', async () => {
  await using a = await startAppliance({ models: models() })
  const { openai } = await setUp(a, 'SMALL')
  const forbidden = await failureOf(openai.chat.completions.create({ model: 'dear', messages }))
  assert.deepEqual([forbidden.status, forbidden.code], [403, 'model_not_allowed'])
  assert.deepEqual(
    (await openai.models.list()).data.map(({ id }) => id),
    ['sky', 'endless', 'lying'],
  )
  const { openai: mute, token } = await setUp(a, 'MUTE')
  const none = await failureOf(mute.chat.completions.create({ model: 'sky', messages }))
  assert.deepEqual([none.status, none.type], [403, 'permission_error'])
  assert.deepEqual((await mute.models.list()).data, [])
  assert.equal(await left(a, token), 0)
})

test('a user has one day’s tokens, whatever tokens they make, and those of a tier count for them too', async () => {
  await using a = await startAppliance({ models: models() })
  await setUp(a, 'SMALL')
  await writeFile(join(a.state, 'etc/licence.key'), 'MANY:someone:2099-12-31')
  const made = async (name: string, ...more: string[]) => {
    const { stdout } = await a.luca(['token', 'create', name, ...more, '--json'])
    const { token } = JSON.parse(stdout)
    return { token, openai: new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: token, maxRetries: 0 }) }
  }
  const phone = await made('phone')
  const desk = await made('desk')
  await until('the licence holds', async () => (await left(a, phone.token)) === 200)
  await phone.openai.chat.completions.create({ model: 'sky', messages })
  assert.deepEqual([await left(a, phone.token), await left(a, desk.token)], [188, 188])
  const guest = await made('guest', '--tier', 'SMALL')
  assert.equal(await left(a, guest.token), 100)
  await guest.openai.chat.completions.create({ model: 'sky', messages })
  assert.deepEqual([await left(a, guest.token), await left(a, desk.token)], [88, 176])
  const refused = await failureOf(
    desk.openai.chat.completions.create({ model: 'sky', messages, max_tokens: 190 }),
  )
  assert.match(refused.message, /MANY\.max_llm_tokens_per_day.*176 are left today/)
  const last = await failureOf(phone.openai.chat.completions.create({ model: 'endless', messages }))
  assert.match(last.message, /max_llm_tokens_per_day.*used up/)
  // A new token brings no new day.
  assert.equal(await left(a, (await made('fresh')).token), 0)
  assert.equal(await left(a, (await made('second guest', '--tier', 'SMALL')).token), 0)
})

test('ten streams at once go beyond the day by no more than the piece of each that shows it', async () => {
  await using a = await startAppliance({ models: models() })
  const { openai, token } = await setUp(a, 'MANY')
  let pieces = 0
  const read = async () => {
    const request = { model: 'endless', messages, stream: true } as const
    for await (const { choices } of await openai.chat.completions.create(request))
      if (choices[0]?.delta.content) pieces++
  }
  const errors = await Promise.all(Array.from({ length: 10 }, () => failureOf(read())))
  for (const { message } of errors) assert.match(message, /MANY\.max_llm_tokens_per_day/)
  assert.ok(pieces > 0 && pieces <= 200, String(pieces))
  assert.equal(await left(a, token), 0)
  // It is written now and then, so that the first time may be before the last piece.
  await until('the use is written down', () => keptUse(a, 'MANY') >= 200)
  const used = keptUse(a, 'MANY')
  // The user's own count is the other row; it has no limit here.
  assert.ok(used <= 210, String(used))
})

test('a call that waits for a provider that asked for a pause keeps no other waiting, and is gone when its client is', async () => {
  await using a = await startAppliance({
    models: models(),
    config: 'calls: {atOncePerCaller: 2}\n',
  })
  const openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
  for (const stream of [false, true]) {
    const before = provider.asked.length
    const controller = new AbortController()
    const wait = () =>
      openai.chat.completions
        .create({ model: 'rate-limited-a-while', messages, stream }, { signal: controller.signal })
        .then(
          () => assert.fail('it was answered'),
          () => 'gone',
        )
    const waiting = [wait(), wait()]
    await until('the provider was asked by both', () => provider.asked.length === before + 2)
    const { choices } = await until('there is room', () =>
      openai.chat.completions.create({ model: 'sky', messages }).catch(() => undefined),
    )
    assert.ok(choices[0]?.message.content)
    const told = cancelled(a)
    controller.abort()
    assert.deepEqual(await Promise.all(waiting), ['gone', 'gone'])
    await until('the calls have ended', () => cancelled(a) === told + 2)
    await openai.chat.completions.create({ model: 'sky', messages })
  }
})
