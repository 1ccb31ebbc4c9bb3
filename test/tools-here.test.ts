/** A model of this machine, a real one of random weights and with little to read at once, that is given the tools of this machine. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import type { LoopReport, LoopStep } from '../src/contracts/tool-loop.ts'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

/** A token for each letter, where other models have one for four: 2 048 of theirs. */
const CONTEXT = 8192
let a: Appliance
let openai: OpenAI

before(async () => {
  a = await startAppliance()
  await mkdir(join(a.state, 'models'), { recursive: true })
  for (const context of [2048, CONTEXT])
    generateModel(join(a.state, `models/toy-${context}.gguf`), {
      template: TEMPLATE,
      shape: { ...TINY, context },
    })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(() => a?.stop())

type Extended = { llmbasedos?: { loop?: LoopReport; step?: LoopStep } }
const request = (content: string, more: object = {}) =>
  ({
    model: `toy-${CONTEXT}`,
    messages: [{ role: 'user', content }],
    tools: 'auto',
    max_tokens: 24,
    temperature: 0,
    seed: 1,
    ...more,
  }) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming

test('it answers in pieces, and is given tools for no more than a quarter of what it can read', async () => {
  const stream = await openai.chat.completions.create({
    ...request('Which files are in my folder?', { llmbasedos: { steps: true } }),
    stream: true,
  })
  const steps: LoopStep[] = []
  let said = ''
  let report: LoopReport | undefined
  for await (const chunk of stream) {
    said += chunk.choices[0]?.delta.content ?? ''
    const { loop, step } = (chunk as Extended).llmbasedos ?? {}
    if (step) steps.push(step)
    report = loop ?? report
  }
  assert.ok(said.trim() !== '')
  const [shown] = steps
  assert.ok(shown?.kind === 'shown' && shown.tools.includes('search_tools') && shown.tools.length > 2)
  assert.ok(report && report.of > 20 && report.model === `toy-${CONTEXT}`)
})

for (const context of [2048, CONTEXT])
  test(`a long conversation, and a long question, are answered by one that reads ${context} tokens`, async () => {
    const old = Array.from({ length: 60 }, (_, i) => ({
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: `Turn ${i}: ${'words '.repeat(40)}`,
    }))
    for (const question of ['And now?', `Begin ${'words '.repeat(3000)} end.`]) {
      const { choices } = await openai.chat.completions.create(
        request(question, {
          model: `toy-${context}`,
          messages: [...old, { role: 'user', content: question }],
        }),
      )
      assert.ok(choices[0]?.message.content?.trim())
    }
  })

test('a client that goes stops the model, which answers the next one', async () => {
  const gone = new AbortController()
  const stream = await openai.chat.completions.create(
    { ...request('Go on for ever.', { max_tokens: 4000 }), stream: true },
    { signal: gone.signal },
  )
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  gone.abort()
  const { choices } = await openai.chat.completions.create(request('Hello.', { max_tokens: 4 }))
  assert.ok(choices[0])
})
