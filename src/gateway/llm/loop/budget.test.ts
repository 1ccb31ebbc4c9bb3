import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CHANGES, play, type Said, tool } from './testing/scripted.ts'
import { chooseTools, costOf } from './tool-choice.ts'
import { plainText, Transcript } from './transcript.ts'

const READ: Said = { calls: [['fs_read', { path: '/a' }]] }
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })

test('results of earlier rounds give way to a line each, the oldest first, and a step says so', async () => {
  let n = 0
  const { asked, steps, loop } = await play({
    local: { context: 2048 },
    script: () => (n++ < 6 ? { calls: [['fs_read', { path: `/${n}` }]] } : { text: 'Done.' }),
    request: { stream: true, llmbasedos: { steps: true } },
    run: ({ arguments: { path } }) => `${path} `.repeat(600),
  })
  const texts = asked.at(-1)?.texts ?? []
  assert.match(texts[2] ?? '', /^\[This result of \d+ characters is left out; call the tool again/)
  assert.match(texts.at(-1) ?? '', /^\/6 /)
  assert.ok(steps.some(({ kind, results }) => kind === 'shortened' && (results as number) > 0))
  assert.equal(loop.ended, 'answered')
})

test('old turns are left out where the question and its results need their place, and one line says how many', async () => {
  const old = Array.from({ length: 20 }, (_, i) => [
    user(`question ${i} ${'x '.repeat(100)}`),
    assistant('Yes.'),
  ])
  const { asked } = await play({
    local: { context: 2048 },
    script: [READ, { text: 'Done.' }],
    request: { messages: [{ role: 'system', content: 'Be kind.' }, ...old.flat(), user('And now?')] },
    run: () => 'word '.repeat(1000),
  })
  const [system, first] = asked[1]?.texts ?? []
  assert.equal(system, 'Be kind.')
  assert.match(first ?? '', /^\[\d+ older messages are left out\.\]\n\nquestion \d+/)
  assert.ok(asked[1]?.texts.includes('And now?'))
})

test('a question that is too long by itself keeps its beginning and its end', async () => {
  const { asked, content } = await play({
    local: { context: 512 },
    script: [{ text: 'Short.' }],
    request: { messages: [user(`BEGIN ${'word '.repeat(5000)} END`)] },
  })
  assert.equal(content, 'Short.')
  assert.match(asked[0]?.texts[0] ?? '', /^BEGIN .*\[\d+ characters are left out here\.\][\s\S]* END$/s)
})

test('a model that can’t call tools answers without, and the step says why', async () => {
  const { asked, steps, content } = await play({
    local: { context: 2048, canCall: false },
    script: [{ text: 'Hello.' }],
    request: { stream: true, llmbasedos: { steps: true } },
  })
  assert.equal(content, 'Hello.')
  assert.deepEqual(asked[0]?.tools, [])
  assert.deepEqual(steps[0], { kind: 'shown', tools: [], of: 2, because: 'unable' })
})

test('a provider that reads less than was thought is asked again with less', async () => {
  let n = 0
  const { content, asked } = await play({
    script: ({ body }) =>
      JSON.stringify(body).length > 8000
        ? { fails: { code: 'context_length_exceeded', message: 'Too long.' } }
        : n++ === 0
          ? READ
          : { text: 'It fits.' },
    run: () => 'word '.repeat(20_000),
  })
  assert.equal(content, 'It fits.')
  assert.ok(asked.length > 2)
})

const CONTEXTS = fc.constantFrom(1024, 2048, 8192)
const TEXT = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer({ min: 1, max: 4000 }).map((words) => 'some words '.repeat(words)),
  fc.string({ unit: 'grapheme', maxLength: 2000 }),
)

test('whatever was said, and whatever tools give, no prompt is longer than the context', async () => {
  const messages = fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: TEXT }), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(
      CONTEXTS,
      fc.constantFrom(1, 2.5),
      messages,
      TEXT,
      fc.array(TEXT, { minLength: 1, maxLength: 4 }),
      async (context, scale, before, question, results) => {
        let n = 0
        const { content } = await play({
          local: { context, scale },
          tools: [tool('fs_read'), tool('fs_write', CHANGES)],
          script: () =>
            n < results.length ? { calls: [['fs_read', { path: `/${n}` }]] } : { text: 'Done.' },
          request: { messages: [{ role: 'system', content: 'Be kind.' }, ...before, user(`${question}?`)] },
          run: () => results[n++] ?? '',
        })
        assert.equal(content, 'Done.')
      },
    ),
    { numRuns: 60 },
  )
})

test('shortening a transcript always ends, keeps its first and last speaker, and never makes it longer', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: TEXT }), { maxLength: 10 }),
      fc.array(TEXT, { maxLength: 6 }),
      (before, results) => {
        const transcript = new Transcript([{ role: 'system', content: 'S' }, ...before, user('Now?')])
        for (const [i, content] of results.entries()) {
          transcript.add({
            role: 'assistant',
            content: null,
            tool_calls: [{ id: `${i}`, function: { name: 'x' } }],
          })
          transcript.add({ role: 'tool', tool_call_id: `${i}`, content })
        }
        const lengthOf = () =>
          transcript.messages.reduce((sum, { content }) => sum + plainText(content).length, 0)
        let length = lengthOf()
        let steps = 0
        while (transcript.shorten(200)) {
          assert.ok(++steps < 2000)
          const now = lengthOf()
          assert.ok(now <= length + 100)
          length = now
        }
        const roles = transcript.messages.map(({ role }) => role)
        assert.deepEqual([roles[0], roles[1]], ['system', 'user'])
        assert.equal(roles.at(-1), results.length > 0 ? 'tool' : 'user')
      },
    ),
  )
})

const MANY = Array.from({ length: 200 }, (_, i) =>
  tool(`home_set_lamp_${i}`, {
    description: `Switches the lamp ${i} on or off. ${'It has many words. '.repeat(20)}`,
    inputSchema: {
      type: 'object',
      properties: { on: { type: 'boolean', description: 'Whether it is on.' } },
    },
  }),
)
const choose = (options: Partial<Parameters<typeof chooseTools>[0]> = {}) =>
  chooseTools({
    tools: MANY,
    known: [],
    sought: [],
    question: '',
    found: MANY.slice(0, 30).map(({ name }) => name),
    context: 32_768,
    scale: 1,
    ...options,
  })
const namesOf = (tools: ReturnType<typeof choose>) => tools.map((one) => one.function.name)

test('twelve tools are all shown, in their order; of more the fitting ones, at most sixteen, with the one that finds others', () => {
  const twelve = MANY.slice(0, 12)
  assert.deepEqual(
    namesOf(choose({ tools: twelve })),
    twelve.map(({ name }) => name),
  )
  const chosen = choose()
  assert.ok(chosen.length > 8 && chosen.length <= 16)
  assert.equal(namesOf(chosen)[0], 'search_tools')
  assert.ok(costOf(chosen) <= 1500)
})

test('the tool that finds others names the servers that there are, as far as there is room', () => {
  const tools = Array.from({ length: 200 }, (_, i) => tool(`server${i % 90}_do_${i}`))
  const [search] = choose({ tools, found: ['server1_do_1'] })
  assert.match(search?.function.description ?? '', /There are such for server0, server1, .*server20\D/)
  assert.ok((search?.function.description.length ?? 0) < 400)
})

test('tools take no more than a quarter of a small context', () => {
  for (const context of [1024, 2048, 4096]) {
    const chosen = choose({ context })
    assert.ok(chosen.length > 1 && costOf(chosen) <= context / 4, `${context}: ${costOf(chosen)}`)
  }
})

test('what a model was shown before comes first and in the same words, whatever the next question finds', () => {
  const before = choose()
  const after = choose({ known: namesOf(before), found: MANY.slice(25, 40).map(({ name }) => name) })
  const kept = namesOf(after).slice(
    0,
    namesOf(after).findIndex((name) => !namesOf(before).includes(name)),
  )
  assert.ok(kept.length > 1)
  assert.deepEqual(
    kept,
    namesOf(before).filter((name) => kept.includes(name)),
  )
})

test('a question that names a document has the tool that reads it first', () => {
  const tools = [...MANY, tool('fs_read_document'), tool('fs_search_documents')]
  assert.equal(namesOf(choose({ tools, question: 'Summarise lease.pdf' }))[1], 'fs_read_document')
  assert.ok(namesOf(choose({ tools, question: 'When does my lease end?' })).includes('fs_search_documents'))
})
