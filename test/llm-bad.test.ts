/** Language models when something is wrong: no model, providers that fail in every way, and keys that must stay unseen. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'
import { send } from './support/http.ts'
import { localModel } from './support/local-model.ts'
import { processes } from './support/processes.ts'
import { ANSWER, type Provider, SECRET_KEY, startProvider } from './support/provider.ts'
import { connectUnix } from './support/v1-client.ts'

const messages = [{ role: 'user' as const, content: 'What colour is the sky?' }]
const KEY_FILE = { 'llmbasedos-llm-remote._.fixture': SECRET_KEY }

test('without any model the answer says how to get one', async () => {
  await using local = await localModel({ empty: true })
  await using a = await startAppliance(local)
  const client = await connectUnix(a.socket)
  const { error } = await client.call('mcp.llm.chat', [messages])
  assert.equal(error.code, -32603)
  assert.match(error.message, /luca model pull.*GGUF.*models\.yaml/s)
  client.close()
  const { status, json } = await send(`${a.origin}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  })
  assert.deepEqual([status, json.error.code, json.error.type], [503, 'no_model', 'server_error'])
  const said = await a.luca(['llm', 'hello'])
  assert.equal(said.code, 1)
  assert.match(said.stderr, /luca model pull/)
})

test('a key in the file of models stops the start with a sentence that says where keys go', async () => {
  const models = 'models:\n  sky: {provider: openai, model_name: gpt, api_key: sk-in-the-file}\n'
  const error = await startAppliance({ models }).then(
    () => assert.fail('it started'),
    (reason: Error) => reason,
  )
  assert.match(error.message, /models\.yaml:\d+: models\.sky\.api_key: .*luca secret set llm-remote/)
  assert.ok(!error.message.includes('sk-in-the-file'))
})

test('names that are added while the gateway runs hold at once, and a mistake leaves them as they were', async () => {
  await using provider = await startProvider()
  await using a = await startAppliance({ models: 'models: {}\n' })
  const openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
  const ask = () => openai.chat.completions.create({ model: 'sky', messages })
  await assert.rejects(ask(), OpenAI.NotFoundError)
  const path = join(a.state, 'etc/models.yaml')
  await writeFile(path, `models:\n  sky: {api_base_url: "${provider.url}"}\n`)
  const { choices } = await until('the name is known', () => ask().catch(() => undefined))
  assert.equal(choices[0]?.message.content, ANSWER)
  await writeFile(path, 'models: {sky: {api_key: sk-in-the-file}}\n')
  await until('it is logged', () => /the names of models stay as they were/.test(a.log()))
  const error = await failureOf(ask())
  assert.match(error.message, /models\.yaml:\d+: models\.sky\.api_key: /)
  const listed = await a.luca(['llm', '--list'])
  assert.match(listed.stdout, /^sky /m)
  assert.match(listed.stderr, /models\.yaml:\d+: models\.sky\.api_key: (?:.|\n)*the earlier names apply/)
  assert.match(JSON.parse((await a.luca(['llm', '--list', '--json'])).stdout).problem, /api_key/)
  const elsewhere = await fetch(`${a.origin}/v1/models`, { headers: { authorization: `Bearer ${a.token}` } })
  assert.doesNotMatch(await elsewhere.text(), /api_key/)
  await writeFile(path, `models:\n  sky: {api_base_url: "${provider.url}"}\n`)
  await until('it is mended', async () => (await a.luca(['llm', '--list'])).stderr === '')
  assert.ok(!a.log().includes('sk-in-the-file'))
})

describe('a provider that fails', () => {
  let provider: Provider
  let a: Appliance
  let openai: OpenAI
  const NAMES = [
    ...[
      'unauthorized',
      'rate-limited',
      'rate-limited-once',
      'failing',
      'failing-once',
      'echoing',
      'too-long',
    ],
    ...['hanging', 'hanging-half-way', 'closing', 'ending-early', 'broken-events', 'not-json'],
    ...['error-in-stream', 'redirecting', 'endless', 'lying', 'uncounted'],
  ]
  before(async () => {
    provider = await startProvider()
    a = await startAppliance({
      secrets: KEY_FILE,
      models: `
providers:
  fixture: {api_base_url: "${provider.url}", timeout_seconds: 1, retries: 1}
  gone: {api_base_url: "http://127.0.0.1:9/v1", retries: 0}
models:
${NAMES.map((name) => `  ${name}: {provider: fixture}\n  ${name}-or-sky: {provider: fixture, model_name: ${name}, fallback: [gone, sky]}`).join('\n')}
  sky: {provider: fixture}
  gone: {provider: gone}
`,
    })
    openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
  })
  after(async () => {
    await a?.stop()
    await provider?.[Symbol.asyncDispose]()
  })
  const countOf = (model: string) => provider.asked.filter(({ body }) => body.model === model).length
  const ask = (model: string) => openai.chat.completions.create({ model, messages })
  const read = async (model: string) => {
    let said = ''
    for await (const { choices } of await openai.chat.completions.create({ model, messages, stream: true }))
      said += choices[0]?.delta.content ?? ''
    return said
  }
  const failure = async (work: Promise<unknown>) => {
    const error = await failureOf(work)
    assert.ok(!error.message.includes(SECRET_KEY), error.message)
    return error
  }

  for (const [model, status, code, message] of [
    [
      'unauthorized',
      502,
      'unauthorized',
      /refuses its key; set it with "luca secret set llm-remote fixture"/,
    ],
    ['rate-limited', 429, 'rate_limit_exceeded', /takes no more requests now/],
    ['failing', 503, 'unavailable', /HTTP 500/],
    ['echoing', 400, 'invalid_request', /Bad request with … in it/],
    ['too-long', 400, 'context_length_exceeded', /9000 of 8192/],
    ['hanging', 504, 'timeout', /said nothing for 1 seconds/],
    ['not-json', 502, 'broken_answer', /"fixture"/],
    ['redirecting', 503, 'unavailable', /"fixture" can't be reached/],
    ['gone', 503, 'unavailable', /ECONNREFUSED|can't be reached/],
  ] as const)
    test(`${model}: the client gets an error in OpenAI’s shape, in one piece and in pieces`, async () => {
      for (const work of [ask, read]) {
        const error = await failure(work(model))
        assert.deepEqual([error.status, error.code], [status, code])
        assert.match(error.message, message)
      }
    })

  for (const [model, message] of [
    ['hanging-half-way', /said nothing for 1 seconds/],
    ['closing', /half-way/],
    ['ending-early', /half-way/],
    ['broken-events', /can't be read, or ended half-way/],
    ['error-in-stream', /Out of memory/],
  ] as const)
    test(`${model}: what came is given, and then an error; nothing is repeated`, async () => {
      const before = countOf(model)
      const error = await failure(read(model))
      assert.match(error.message, message)
      assert.equal(countOf(model), before + 1)
    })

  test('what passes is repeated, after the pause that the provider asks for', async () => {
    for (const model of ['rate-limited-once', 'failing-once']) {
      const whole = await ask(model)
      assert.equal(whole.choices[0]?.message.content, ANSWER)
      assert.equal(countOf(model), 2)
    }
  })

  test('a pause that is too long is passed on instead of waited for', async () => {
    const before = countOf('rate-limited')
    const error = await failure(ask('rate-limited'))
    assert.equal(error.headers?.get('retry-after'), '120')
    assert.equal(countOf('rate-limited'), before + 1)
  })

  test('another model answers instead, along the list, and the log says so', async () => {
    for (const model of ['unauthorized-or-sky', 'rate-limited-or-sky', 'hanging-or-sky', 'failing-or-sky']) {
      const whole = await ask(model)
      assert.deepEqual([whole.model, whole.choices[0]?.message.content], ['sky', ANSWER])
      assert.equal(await read(model), ANSWER)
    }
    assert.match(a.log(), /"from":"unauthorized-or-sky","to":"gone","code":"unauthorized"/)
    // Not for what is the request's own fault, and not once something was sent.
    assert.equal((await failure(ask('too-long-or-sky'))).code, 'context_length_exceeded')
    await failure(read('closing-or-sky'))
  })

  test('tokens are counted where the provider does not, and lies are not believed', async () => {
    const whole = await ask('uncounted')
    assert.ok((whole.usage?.prompt_tokens ?? 0) > 0 && (whole.usage?.completion_tokens ?? 0) > 0)
    const stream = await openai.chat.completions.create({
      model: 'lying',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    let usage: OpenAI.CompletionUsage | null | undefined
    for await (const chunk of stream) usage = chunk.usage ?? usage
    assert.ok((usage?.completion_tokens ?? 0) >= 37, JSON.stringify(usage))
  })

  test('an unknown model is named, with those that there are', async () => {
    const error = await failure(ask('large'))
    assert.deepEqual([error.status, error.code], [404, 'model_not_found'])
    assert.match(error.message, /There is no model "large".*models\.yaml names unauthorized/)
  })

  test('a client that goes while a provider is waited for ends the request there', async () => {
    const controller = new AbortController()
    const before = countOf('hanging-half-way')
    const gone = openai.chat.completions
      .create({ model: 'hanging-half-way', messages, stream: true }, { signal: controller.signal })
      .then(async (stream) => {
        for await (const _ of stream) controller.abort()
      })
    await gone.catch(() => {})
    await until('the provider was asked', () => countOf('hanging-half-way') > before)
    assert.equal(await provider.asked.at(-1)?.abandoned, true)
  })

  test('lines of JSON stay lines of JSON where a client has ended its side and is asked whether it is there', async () => {
    const body = JSON.stringify({ model: 'hanging-half-way', messages, stream: true })
    const socket = connect({ port: Number(new URL(a.origin).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.end(
      `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${a.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const said = await text(socket)
    const lines = said
      .slice(said.indexOf('\r\n\r\n') + 4)
      .replace(/^[0-9a-f]+\r\n/gim, '')
      .replaceAll('\r\n', '')
      .split('\n')
      .filter((line) => line.trim() !== '')
    assert.ok(lines.length >= 2, said)
    for (const line of lines) JSON.parse(line)
    assert.match(lines.at(-1) ?? '', /said nothing for 1 seconds/)
  })

  test('many streams at once come whole, each to who asked', async () => {
    const said = await Promise.all(Array.from({ length: 40 }, (_, i) => read(i % 2 ? 'sky' : 'uncounted')))
    assert.deepEqual(new Set(said), new Set([ANSWER]))
  })

  test('the server that reaches providers may die in mid-stream: its calls get an error, and the next wakes it', async () => {
    const stream = await openai.chat.completions.create({ model: 'endless', messages, stream: true })
    const [pid = 0] = processes('llm-remote.cjs').filter((one) =>
      readFileSync(`/proc/${one}/environ`, 'utf8').includes(a.state),
    )
    let killed = false
    const reading = async () => {
      for await (const _ of stream) {
        if (!killed) process.kill(pid, 'SIGKILL')
        killed = true
      }
    }
    const error = await failure(reading())
    assert.match(error.message, /"llm-remote" stopped while it worked/)
    assert.equal((await ask('sky')).choices[0]?.message.content, ANSWER)
  })

  test('a prompt of megabytes goes through, and one beyond the longest message is refused', async () => {
    const content = 'word '.repeat(800_000)
    const long = await openai.chat.completions.create({
      model: 'sky',
      messages: [{ role: 'user', content }],
    })
    assert.equal(long.choices[0]?.message.content, ANSWER)
    const { status, json } = await send(`${a.origin}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'sky',
        messages: [{ role: 'user', content: 'x'.repeat(17 * 1024 ** 2) }],
      }),
    })
    assert.deepEqual([status, json.error.type], [413, 'invalid_request_error'])
  })

  test('the key is in nothing that was written: logs, metrics, state, answers', async () => {
    assert.ok(provider.asked.some(({ key }) => key === SECRET_KEY))
    assert.ok(!a.log().includes(SECRET_KEY))
    const { text } = await send(`${a.origin}/metrics`, {
      method: 'GET',
      headers: { authorization: `Bearer ${a.token}` },
    })
    assert.ok(text.includes('llmbasedos_llm_tokens_total') && !text.includes(SECRET_KEY))
    const holding = readdirSync(a.state, { recursive: true, encoding: 'utf8' }).filter((name) => {
      const path = join(a.state, name)
      return statSync(path).isFile() && readFileSync(path).includes(SECRET_KEY)
    })
    // Where it was put, and where its server is given it.
    assert.deepEqual(holding.sort(), [
      'credstore/llmbasedos-llm-remote._.fixture',
      'run/credentials/mcp-llm-remote.service/llmbasedos-llm-remote._.fixture',
    ])
    for (const path of holding) assert.equal(statSync(join(a.state, path)).mode & 0o077, 0)
  })
})
