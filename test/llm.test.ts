/** What clients speak to language models in, through the real appliance, with a provider and a local server of ours. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import OpenAI from 'openai'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { type LocalModel, localModel } from './support/local-model.ts'
import { callTool, send } from './support/modern.ts'
import { connectUnix, connectWebSocket, type OlderClient } from './support/older-client.ts'
import { type Provider, SECRET_KEY, startProvider, WORDS } from './support/provider.ts'

let provider: Provider
let local: LocalModel
let a: Appliance
let openai: OpenAI
const ANSWER = WORDS.join('')
const QUESTION = [{ role: 'user' as const, content: 'What colour is the sky?' }]
const TOOLS = [
  {
    type: 'function' as const,
    function: { name: 'get_current_time', parameters: { type: 'object', properties: {} } },
  },
]
const SCHEMA = {
  type: 'object',
  properties: { colour: { type: 'string' } },
  required: ['colour'],
  additionalProperties: false,
}

before(async () => {
  provider = await startProvider()
  local = await localModel()
  a = await startAppliance({
    units: local.units,
    descriptors: local.descriptors,
    secrets: { 'llmbasedos-llm-remote._.fixture': SECRET_KEY },
    models: `
providers:
  fixture: {api_base_url: "${provider.url}", levels: [small-1, big-1, best-1]}
models:
  sky: {provider: fixture, model_name: sky-1, is_default: true}
  endless: {provider: fixture}
  pocket: {provider: local, model_name: tiny}
`,
  })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
  await local?.[Symbol.asyncDispose]()
})
const lastAsked = () => provider.asked.at(-1)

describe('/v1, asked by the official client', () => {
  for (const [model, words] of [
    ['sky', ANSWER],
    ['tiny', 'I am tiny.'],
    ['pocket', 'I am tiny.'],
    ['fixture:1', ANSWER],
  ] as const)
    test(`the model ${model} answers in one piece and in pieces`, async () => {
      const whole = await openai.chat.completions.create({ model, messages: QUESTION })
      assert.equal(whole.object, 'chat.completion')
      assert.equal(whole.model, model)
      assert.equal(whole.choices[0]?.message.content, words)
      assert.equal(whole.choices[0]?.finish_reason, 'stop')
      assert.ok((whole.usage?.completion_tokens ?? 0) > 0)
      const stream = await openai.chat.completions.create({
        ...{ model, messages: QUESTION, stream: true },
        stream_options: { include_usage: true },
      })
      let said = ''
      const reasons: unknown[] = []
      let usage: OpenAI.CompletionUsage | null | undefined
      let first = true
      for await (const chunk of stream) {
        if (first) assert.equal(chunk.choices[0]?.delta.role, 'assistant')
        first = false
        said += chunk.choices[0]?.delta.content ?? ''
        if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason)
        usage = chunk.usage ?? usage
        assert.equal(chunk.model, model)
      }
      assert.equal(said, words)
      assert.deepEqual(reasons, ['stop'])
      assert.deepEqual(usage, whole.usage)
    })

  test('a provider is asked for its own model, with its own key, and for nothing that is the gateway’s', async () => {
    await openai.chat.completions.create({
      ...{ model: 'sky', messages: QUESTION, temperature: 0.5, seed: 7, max_tokens: 20 },
      user: 'ada',
    })
    assert.equal(lastAsked()?.key, SECRET_KEY)
    assert.deepEqual(lastAsked()?.body, {
      ...{ messages: QUESTION, temperature: 0.5, seed: 7, max_tokens: 20 },
      ...{ user: 'ada', model: 'sky-1' },
    })
  })

  test('complexity chooses a model of the provider', async () => {
    const body = { messages: QUESTION, complexity: 2 } as unknown as OpenAI.ChatCompletionCreateParams
    await openai.chat.completions.create(body)
    assert.equal(lastAsked()?.body.model, 'best-1')
  })

  test('a tool is called in one piece, in pieces, and its result is given back', async () => {
    const request = { model: 'sky', messages: QUESTION, tools: TOOLS }
    const whole = await openai.chat.completions.create(request)
    const [call] = whole.choices[0]?.message.tool_calls ?? []
    assert.equal(call?.type === 'function' && call.function.arguments, '{"timezone":"UTC"}')
    const final = await openai.chat.completions.stream(request).finalChatCompletion()
    assert.deepEqual(final.choices[0]?.message.tool_calls?.[0]?.id, call?.id)
    assert.equal(final.choices[0]?.finish_reason, 'tool_calls')
    const next = await openai.chat.completions.create({
      ...request,
      messages: [
        ...QUESTION,
        whole.choices[0]?.message as OpenAI.ChatCompletionMessage,
        { role: 'tool', tool_call_id: call?.id ?? '', content: '12:00' },
      ],
    })
    assert.equal(next.choices[0]?.message.content, ANSWER)
  })

  test('a JSON schema reaches the provider, and the answer that follows it the client', async () => {
    const parsed = await openai.chat.completions.parse({
      ...{ model: 'sky', messages: QUESTION },
      response_format: { type: 'json_schema', json_schema: { name: 'sky', schema: SCHEMA, strict: true } },
    })
    assert.deepEqual(lastAsked()?.body.response_format.json_schema.schema, SCHEMA)
    assert.equal(parsed.choices[0]?.message.content, '{"colour":"blue"}')
  })

  test('texts are completed and embedded', async () => {
    const whole = await openai.completions.create({ model: 'sky', prompt: 'The' })
    assert.equal(whole.choices[0]?.text, ANSWER)
    let said = ''
    for await (const { choices } of await openai.completions.create({
      ...{ model: 'sky', prompt: 'The', stream: true },
    }))
      said += choices[0]?.text ?? ''
    assert.equal(said, ANSWER)
    const { data, usage } = await openai.embeddings.create({ model: 'sky', input: ['a', 'b'] })
    assert.deepEqual(
      data.map(({ embedding }) => embedding),
      [
        [0.5, 0],
        [0.5, 1],
      ],
    )
    assert.deepEqual(usage, { prompt_tokens: 3, total_tokens: 3 })
  })

  test('models are listed, those of models.yaml and those of this machine, and looked up', async () => {
    const ids = []
    for await (const { id, object, owned_by } of openai.models.list())
      ids.push([id, object, owned_by].join(' '))
    assert.deepEqual(ids, [
      'sky model fixture',
      'endless model fixture',
      'pocket model local',
      'tiny model local',
      'tiny-embed model local',
    ])
    assert.equal((await openai.models.retrieve('tiny')).id, 'tiny')
    await assert.rejects(openai.models.retrieve('large'), OpenAI.NotFoundError)
  })

  test('the responses API answers in one piece, in events, with tools and with a schema', async () => {
    const whole = await openai.responses.create({
      ...{ model: 'sky', input: 'What colour?', instructions: 'Be brief.' },
    })
    assert.equal(whole.output_text, ANSWER)
    assert.equal(whole.status, 'completed')
    assert.deepEqual(
      lastAsked()?.body.messages.map(({ role }: { role: string }) => role),
      ['system', 'user'],
    )
    const types: string[] = []
    const stream = openai.responses.stream({ model: 'sky', input: 'What colour?' })
    for await (const { type } of stream) types.push(type)
    assert.deepEqual(
      [...new Set(types)],
      [
        ...['response.created', 'response.in_progress', 'response.output_item.added'],
        ...['response.content_part.added', 'response.output_text.delta', 'response.output_text.done'],
        ...['response.content_part.done', 'response.output_item.done', 'response.completed'],
      ],
    )
    assert.equal((await stream.finalResponse()).output_text, ANSWER)

    const tools: OpenAI.Responses.FunctionTool[] = [
      { type: 'function', name: 'get_current_time', parameters: { type: 'object' }, strict: false },
    ]
    for (const called of [
      await openai.responses.create({ model: 'sky', input: 'What time?', tools }),
      await openai.responses.stream({ model: 'sky', input: 'What time?', tools }).finalResponse(),
    ]) {
      const call = called.output.find(({ type }) => type === 'function_call') as
        | OpenAI.Responses.ResponseFunctionToolCall
        | undefined
      assert.deepEqual([call?.name, call?.arguments], ['get_current_time', '{"timezone":"UTC"}'])
      const next = await openai.responses.create({
        ...{ model: 'sky', tools },
        input: [
          { role: 'user', content: 'What time?' },
          ...(called.output as OpenAI.Responses.ResponseInputItem[]),
          { type: 'function_call_output', call_id: call?.call_id ?? '', output: '12:00' },
        ],
      })
      assert.equal(next.output_text, ANSWER)
    }
    const shaped = await openai.responses.create({
      ...{ model: 'sky', input: 'What colour?' },
      text: { format: { type: 'json_schema', name: 'sky', schema: SCHEMA, strict: true } },
    })
    assert.deepEqual(JSON.parse(shaped.output_text), { colour: 'blue' })
    await assert.rejects(
      openai.responses.create({ model: 'sky', input: 'x', previous_response_id: 'resp_1' }),
      /previous_response_id/,
    )
  })

  test('the answer of a model that is cut off says so', async () => {
    const whole = await openai.chat.completions.create({ model: 'tiny', messages: QUESTION, max_tokens: 2 })
    assert.deepEqual([whole.choices[0]?.message.content, whole.choices[0]?.finish_reason], ['I am', 'length'])
    const response = await openai.responses.create({ model: 'tiny', input: 'x', max_output_tokens: 2 })
    assert.deepEqual(
      [response.status, response.incomplete_details?.reason],
      ['incomplete', 'max_output_tokens'],
    )
  })

  test('a client that stops reading stops the model, here and elsewhere', async () => {
    const before = a.log().split('generation stopped').length
    const messages = [{ role: 'user' as const, content: 'forever' }]
    const here = await openai.chat.completions.create({ model: 'tiny', stream: true, messages })
    for await (const _ of here) break
    await until('generation stopped', () => a.log().split('generation stopped').length > before)
    const elsewhere = await openai.chat.completions.create({ model: 'endless', stream: true, messages })
    for await (const _ of elsewhere) break
    assert.equal(await lastAsked()?.abandoned, true)
  })

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
      ...{ method: 'GET', headers: { authorization: `Bearer ${a.token}` } },
    })
    assert.deepEqual([other.status, other.json.error.type], [404, invalid])
    const verb = await send(`${a.origin}/v1/chat/completions`, {
      ...{ method: 'GET', headers: { authorization: `Bearer ${a.token}` } },
    })
    assert.deepEqual([verb.status, verb.headers.allow], [405, 'POST'])
    const text = await send(`${a.origin}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
      body: '{"messages": [',
    })
    assert.deepEqual([text.status, text.json.error.type], [400, invalid])
  })
})

for (const [name, open] of Object.entries({
  'UNIX socket': () => connectUnix(a.socket),
  WebSocket: () => connectWebSocket(a.origin, { token: a.token }),
}))
  describe(`mcp.llm.chat on the ${name}`, () => {
    let client: OlderClient
    before(async () => {
      client = await open()
    })
    after(() => client?.close())

    test('takes messages and options by position, or both in one object', async () => {
      for (const params of [
        [QUESTION],
        [QUESTION, { model: 'sky', temperature: 0 }],
        [{ messages: QUESTION, options: { model: 'sky', temperature: 0 } }],
        { messages: QUESTION, options: { model: 'sky' } },
        { messages: QUESTION, model: 'sky' },
      ]) {
        const { result } = await client.call('mcp.llm.chat', params)
        assert.equal(result.object, 'chat.completion')
        assert.equal(result.choices[0].message.content, ANSWER)
      }
      assert.equal((await client.call('mcp.llm.chat', [QUESTION, { model: 'tiny' }])).result.model, 'tiny')
    })

    test('streams results with the same id, and one more that ends them', async () => {
      client.send(JSON.stringify({ id: 's', method: 'mcp.llm.chat', params: [QUESTION, { stream: true }] }))
      let said = ''
      for (;;) {
        const { id, result } = await client.next()
        assert.equal(id, 's')
        if (result.type === 'llm_stream_end') {
          assert.deepEqual(result, { type: 'llm_stream_end' })
          break
        }
        assert.equal(result.type, 'llm_chunk')
        assert.equal(result.content.object, 'chat.completion.chunk')
        said += result.content.choices[0].delta.content ?? ''
      }
      assert.equal(said, ANSWER)
    })

    test('an error ends the stream as an error', async () => {
      const { error } = await client.call('mcp.llm.chat', [QUESTION, { stream: true, model: 'large' }])
      assert.equal(error.code, -32602)
      assert.match(error.message, /"large".*tiny.*sky/s)
      assert.equal((await client.call('mcp.llm.chat', ['hello'])).error.code, -32602)
      assert.equal((await client.call('mcp.llm.chat', [])).error.code, -32602)
    })

    test('cancelling stops the model', async () => {
      const before = a.log().split('generation stopped').length
      const messages = [{ role: 'user', content: 'forever' }]
      const request = { id: 9, method: 'mcp.llm.chat', params: [messages, { stream: true, model: 'tiny' }] }
      client.send(JSON.stringify(request))
      assert.equal((await client.next()).result.type, 'llm_chunk')
      const params = { requestId: 9 }
      client.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }))
      await until('generation stopped', () => a.log().split('generation stopped').length > before)
    })
  })

describe('for clients of MCP', () => {
  test('llm_chat answers as text, and its server’s own tools are out of reach', async () => {
    const { json } = await callTool(a.url, a.token, 'llm_chat', { prompt: 'Hi', model: 'tiny' })
    assert.equal(json.result.content[0].text, 'I am tiny.')
    for (const name of ['llm_models', 'llm_count', 'llm-remote_chat'])
      assert.equal((await callTool(a.url, a.token, name)).json.error.code, -32602, name)
    for (const [args, what] of [
      [{}, /"prompt" or "messages"/],
      [{ prompt: 'x', n: 2 }, /no parameter "n"/],
      [{ prompt: 'x', model: 'large' }, /no model "large"/],
    ] as const) {
      const { json: bad } = await callTool(a.url, a.token, 'llm_chat', args)
      assert.equal(bad.result.isError, true)
      assert.match(bad.result.content[0].text, what)
    }
  })

  test('it is listed, and tells its pieces as progress', async () => {
    const client = new Client({ name: 'test', version: '1' })
    const headers = { authorization: `Bearer ${a.token}` }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(a.url), { requestInit: { headers } }) as never,
    )
    const { tools } = await client.listTools()
    assert.deepEqual(
      tools.filter(({ name }) => name.startsWith('llm')).map(({ name }) => name),
      ['llm_chat'],
    )
    const pieces: (string | undefined)[] = []
    const args = { prompt: 'queue', model: 'tiny' }
    await client.callTool({ name: 'llm_chat', arguments: args }, undefined, {
      onprogress: ({ message }) => void pieces.push(message),
    })
    assert.deepEqual(pieces, ['Waits for 2 before it.', 'I', ' am', ' tiny', '.'])
    await client.close()
  })

  test('calls are in the log and the metrics like any other', async () => {
    await openai.chat.completions.create({ model: 'sky', messages: QUESTION })
    const line = await until('the call is in the log', () =>
      a
        .log()
        .split('\n')
        .findLast((one) => one.includes('"method":"mcp.llm.chat"') && one.includes('"model":"sky"')),
    )
    const audited = JSON.parse(line.slice(line.indexOf('{')))
    assert.deepEqual(
      [audited.tool, audited.outcome, audited.llm.model, audited.llm.completionTokens],
      ['llm_chat', 'ok', 'sky', 5],
    )
    assert.ok(!a.log().includes('What colour'))
    const { text } = await send(`${a.origin}/metrics`, {
      ...{ method: 'GET', headers: { authorization: `Bearer ${a.token}` } },
    })
    assert.match(text, /mcp_tool_executions_total\{tool_name="llm_chat",status="ok"\} \d+/)
    assert.match(text, /llmbasedos_llm_tokens_total\{model="sky",kind="completion"\} \d+/)
  })
})
