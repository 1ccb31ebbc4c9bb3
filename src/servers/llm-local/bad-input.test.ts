import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../framework/testing/until.ts'
import { TINY } from '../../models/testing/generate.ts'
import { type LlmServer, llmServer, type Reply, user } from './testing/models.ts'

const chat = (llm: LlmServer, more: object = {}) =>
  llm.call('chat', { messages: user('Hello'), max_tokens: 4, ...more })

function refused(reply: Reply, code: string): { message: string; [detail: string]: unknown } {
  assert.equal(reply.isError, true)
  assert.equal(reply.structuredContent.error.code, code)
  assert.equal(reply.structuredContent.error.message, reply.content[0]?.text)
  return reply.structuredContent.error
}

const works = async (llm: LlmServer, more: object = {}) =>
  assert.equal((await chat(llm, more)).isError, undefined)

test('without any model, the error says how to get one', async () => {
  await using llm = await llmServer()
  const { message } = refused(await chat(llm), 'no_model')
  assert.match(message, /luca model pull/)
  assert.ok(message.includes(llm.folder))
  refused(await llm.call('embed', { input: 'x' }), 'no_model')
})

test('an unknown model is refused with those there are', async () => {
  await using llm = await llmServer({ noise: {} })
  const error = refused(await chat(llm, { model: 'gpt-9' }), 'unknown_model')
  assert.deepEqual(error.models, ['noise'])
})

test('a model is asked only for what its kind can do', async () => {
  await using llm = await llmServer({ noise: {}, vectors: { embedding: true } })
  refused(await chat(llm, { model: 'vectors' }), 'invalid_request')
  refused(await llm.call('embed', { model: 'noise', input: 'x' }), 'invalid_request')
})

test('a truncated file is refused before anything is loaded', async () => {
  await using llm = await llmServer({ cut: {}, noise: {} })
  truncateSync(join(llm.folder, 'cut.gguf'), 300_000)
  assert.match(
    refused(await chat(llm, { model: 'cut' }), 'bad_model_file').message,
    /not whole: it has 300000 bytes/,
  )
  await works(llm)
})

test('a foreign file is refused, and told of where there is no other', async () => {
  await using llm = await llmServer()
  writeFileSync(join(llm.folder, 'page.gguf'), `<html>${' '.repeat(1000)}`)
  assert.match(refused(await chat(llm, { model: 'page' }), 'bad_model_file').message, /no GGUF file/)
  assert.match(refused(await chat(llm), 'no_model').message, /page \(it is no GGUF file\)/)
})

for (const [how, lie] of Object.entries({
  'of more layers than it has': { metadata: { 'llama.block_count': 3 } },
  'of another width': { metadata: { 'llama.embedding_length': 128 } },
  'of an architecture that is unknown': {
    metadata: {
      'general.architecture': 'nonsense',
      'nonsense.context_length': 8,
      'nonsense.embedding_length': 8,
      'nonsense.block_count': 1,
    },
  },
  'of heads that do not divide it': { metadata: { 'llama.attention.head_count': 7 } },
  'of a vocabulary without words': { metadata: { 'tokenizer.ggml.model': 'bert' } },
}))
  test(`a file that lies ${how} ends its own process alone`, async () => {
    await using llm = await llmServer({ liar: lie, noise: {} })
    refused(await chat(llm, { model: 'liar' }), 'bad_model_file')
    await works(llm, { model: 'noise' })
  })

test('a file whose numbers are damaged fails or answers, and the server goes on', async () => {
  await using llm = await llmServer({ broken: {}, noise: {} })
  const path = join(llm.folder, 'broken.gguf')
  const bytes = readFileSync(path)
  bytes.fill(0xff, 100_000)
  writeFileSync(path, bytes)
  await chat(llm, { model: 'broken' })
  await works(llm, { model: 'noise' })
})

test('a chat template that can’t be read makes the file unusable, one that refuses the messages does not', async () => {
  await using llm = await llmServer({
    unreadable: { template: '{% for x in %}' },
    strict: { template: "{{ raise_exception('Only one message, please') }}" },
  })
  refused(await chat(llm, { model: 'unreadable' }), 'bad_model_file')
  assert.match(refused(await chat(llm, { model: 'strict' }), 'invalid_request').message, /Only one message/)
})

test('a model larger than the memory is refused with what fits', async () => {
  await using llm = await llmServer({
    small: {},
    wide: { shape: { ...TINY, layers: 2, context: 1_000_000 } },
  })
  // The small one needs less than 160 MB, and a million tokens more than 400.
  writeFileSync(join(llm.folder, 'settings.json'), JSON.stringify({ memoryMb: 200, context: 1_000_000 }))
  const error = refused(await chat(llm, { model: 'wide' }), 'out_of_memory')
  assert.match(error.message, /of the models here, these fit: small/)
  assert.match(error.message, /with a context of 8192 tokens it fits/)
  assert.deepEqual(error.fitting, ['small'])
  assert.ok((error.needed_bytes as number) > 400_000_000)
  await works(llm, { model: 'small' })
})

test('a conversation that is too long is refused with the numbers, or loses its oldest turns where that is asked for', async () => {
  await using llm = await llmServer({ noise: { shape: { ...TINY, context: 256 } } })
  const turn = (i: number) => [
    { role: 'user', content: `question ${i}` },
    { role: 'assistant', content: `answer ${i}` },
  ]
  const messages = [
    { role: 'system', content: 'Be brief.' },
    ...[1, 2, 3, 4, 5, 6].flatMap(turn),
    ...user('the last one'),
  ]
  const error = refused(await llm.call('chat', { messages, max_tokens: 8 }), 'context_length_exceeded')
  assert.equal(error.context, 256)
  assert.ok((error.prompt_tokens as number) > 248)
  const reply = await llm.call('chat', { messages, max_tokens: 8, context_overflow: 'drop_oldest' })
  assert.ok(reply.structuredContent.llmbasedos.dropped_messages >= 2)
  assert.ok(reply.structuredContent.usage.total_tokens <= 256)
  const alone = { messages: user('x '.repeat(400)), context_overflow: 'drop_oldest' }
  refused(await llm.call('chat', alone), 'context_length_exceeded')
  refused(await llm.call('complete', { prompt: 'x '.repeat(400) }), 'context_length_exceeded')
})

test('a text that is too long for the embedding model is refused, and not cut', async () => {
  await using llm = await llmServer({ vectors: { embedding: true, shape: { ...TINY, context: 64 } } })
  const error = refused(
    await llm.call('embed', { input: ['short', 'x '.repeat(100)] }),
    'context_length_exceeded',
  )
  assert.match(error.message, /Text 2 of 2/)
})

test('a schema that can’t be used is refused with its place, and a grammar with what it must be', async () => {
  await using llm = await llmServer({ noise: {} })
  for (const [name, message] of [
    [{ type: 'colour' }, /the schema\/name has the unknown type "colour"/],
    [{ type: 'string', pattern: '(' }, /the schema\/name has a "pattern" that is no regular expression/],
    [{ $ref: '#/$defs/none' }, /the schema\/name has the "\$ref" "#\/\$defs\/none", and nothing is there/],
    [{ type: 'integer', minimum: 2, maximum: 1 }, /the schema allows no value at all/],
    [{ minLength: -1 }, /the schema\/name has a "minLength" that is no whole number/],
  ] as const) {
    const schema = { type: 'object', properties: { name }, required: ['name'] }
    const format = { type: 'json_schema', json_schema: { schema } }
    assert.match(refused(await chat(llm, { response_format: format }), 'invalid_request').message, message)
  }
  refused(await chat(llm, { grammar: 'root ::= (' }), 'invalid_request')
  await works(llm)
})

test('tools are refused where the template knows no way to call them, or where a grammar is asked for too', async () => {
  await using llm = await llmServer({ plain: { template: '{{ messages[0].content }}' }, noise: {} })
  const tools = [{ type: 'function', function: { name: 'f' } }]
  refused(await chat(llm, { model: 'plain', tools }), 'invalid_request')
  refused(await chat(llm, { model: 'noise', tools, grammar: 'root ::= "a"' }), 'invalid_request')
  await works(llm, { model: 'plain' })
})

test('the usual settings are reported as faulty, not passed over', async () => {
  await using llm = await llmServer({ noise: {} })
  writeFileSync(join(llm.folder, 'settings.json'), '{"threads": "many"}')
  assert.match(refused(await chat(llm), 'invalid_request').message, /settings\.json has a "threads"/)
})

test('a client that goes in mid-stream stops the answer', async () => {
  await using llm = await llmServer({ noise: {} })
  const client = llm.running.connect()
  let pieces = 0
  const long = llm
    .stream(
      'chat',
      { messages: user('Hello'), max_tokens: 1900 },
      { connection: client, onMessage: () => pieces++ },
    )
    .catch((error: Error) => error)
  await until('the answer begins', () => pieces > 1)
  client.close()
  assert.ok((await long) instanceof Error)
  // The next in the queue has its turn as soon as the answer has stopped.
  const { structuredContent } = await llm.call('chat', { messages: user('Hello'), max_tokens: 1 })
  assert.equal(structuredContent.usage.completion_tokens, 1)
})

test('a pattern that would check an answer for years holds up no other request', async () => {
  await using llm = await llmServer({ noise: {} })
  // The grammar holds to the first; the other looks back, and so is tried on what was written.
  const allOf = [{ pattern: '^[ab]{60}$' }, { pattern: String.raw`^(?:(\w|\w\w)+)+\1!$` }]
  const schema = { type: 'string', allOf }
  const format = { type: 'json_schema', json_schema: { schema } }
  for (const request of [
    llm.call('chat', { messages: user('Hello'), response_format: format }),
    llm.call('complete', { prompt: 'x', response_format: format }),
    llm.call('chat', {
      messages: user('Hello'),
      tools: [
        {
          type: 'function',
          function: { name: 'f', parameters: { type: 'object', properties: { a: schema }, required: ['a'] } },
        },
      ],
      tool_choice: 'required',
    }),
  ])
    assert.match(
      refused(await request, 'invalid_request').message,
      /takes too long to check an answer.*patterns/,
    )
  await works(llm)
})

test('a schema that is much work, and what llama.cpp makes of a large grammar, holds up no other request', async () => {
  await using llm = await llmServer({ noise: {} })
  const objects = (count: number, of: (i: number) => object) => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, of(i)])),
  })
  for (const schema of [
    objects(300, (i) => ({ type: 'string', pattern: `^(a|b)*a(a|b){11}c{${i}}$` })),
    objects(20_000, () => ({ type: 'string' })),
    { type: 'string', pattern: '^(((a{1,100}){1,100}){1,100})$' },
    { type: 'string', pattern: '^[a-z]{0,2999}$' },
    { type: 'array', items: { enum: Array.from({ length: 20_000 }, (_, i) => `v ${i}`) }, minItems: 1000 },
    { anyOf: Array.from({ length: 20_000 }, (_, i) => ({ const: i })) },
  ]) {
    const { isError, structuredContent } = await chat(llm, {
      response_format: { type: 'json_schema', json_schema: { schema } },
    })
    if (isError) assert.match(structuredContent.error.code, /^(invalid_request|broken_answer)$/)
  }
  await works(llm)
})

test('a grammar on which llama.cpp does not return, or that ends it, fails its request alone, and says why', async () => {
  await using llm = await llmServer({ noise: {} })
  const rules = (last: number, of: (rule: number) => string) =>
    `root ::= r0\n${Array.from({ length: last }, (_, i) => `r${i} ::= ${of(i)}`).join('\n')}\nr${last} ::= "a"`
  for (const [grammar, why] of [
    [rules(1000, (i) => `r${i + 1} "" | r${i + 1}`), /llama\.cpp takes too long with it.*Make it simpler/],
    [`root ::= ${'('.repeat(30_000)}"a"${')'.repeat(30_000)}`, /llama\.cpp was ended by it.*Make it simpler/],
  ] as const) {
    const hostile = chat(llm, { grammar })
    const next = works(llm)
    assert.match(refused(await hostile, 'invalid_request').message, why)
    await next
  }
})
