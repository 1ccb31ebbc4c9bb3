/** A model whose tools misbehave: it is told, and answers all the same. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import type { LoopReport } from '../src/contracts/tool-loop.ts'
import type { Appliance } from './support/appliance.ts'
import { type Provider, type Said, SECRET_KEY, startProvider } from './support/provider.ts'
import { startRogueAppliance } from './support/rogue-appliance.ts'

let a: Appliance
let provider: Provider
let openai: OpenAI
before(async () => {
  provider = await startProvider()
  a = await startRogueAppliance({
    secrets: { 'llmbasedos-llm-remote._.fixture': SECRET_KEY },
    models: `
providers:
  fixture: {api_base_url: "${provider.url}"}
models:
  helper: {provider: fixture, is_default: true, tools: auto}
`,
  })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})

/** The answer of a model that calls this tool once, and what it was told of the call. */
async function ask(name: string, args: object): Promise<{ content: string; told: string; loop: LoopReport }> {
  const script: Said[] = [{ calls: [[name, args]] }, { text: 'I have what I have.' }]
  const answer = await openai.chat.completions.create({
    model: 'helper',
    messages: [{ role: 'user', content: 'Do it.' }],
    metadata: { script } as unknown as OpenAI.Metadata,
  })
  const { loop } = (answer as unknown as { llmbasedos: { loop: LoopReport } }).llmbasedos
  const told = loop.messages.find(({ role }) => role === 'tool')?.content
  return {
    content: answer.choices[0]?.message.content ?? '',
    told: typeof told === 'string' ? told : '',
    loop,
  }
}

const MIB = 1024 * 1024
const BAD: [what: string, name: string, args: object, told: RegExp][] = [
  ['never answers', 'rogue_never', {}, /^Error:\nrogue_never was stopped/],
  ['dies', 'rogue_die', {}, /^Error:\n/],
  ['hangs up', 'rogue_hang_up', {}, /^Error:\n/],
  ['says what is no JSON', 'rogue_garbage', {}, /^Error:\n/],
  ['answers 50 MB', 'rogue_long', { bytes: 50 * MIB }, /^Error:\n.*outputBytes/],
  [
    'answers 10 MB',
    'rogue_long',
    { bytes: 10 * MIB },
    /^"x+\n\[Cut here: these are the first \d+ of 10485762 /,
  ],
]

for (const [what, name, args, expected] of BAD)
  test(`a tool that ${what} is told to the model, which answers`, async () => {
    const { content, told, loop } = await ask(name, args)
    assert.match(told.slice(0, 200) + told.slice(-200), expected)
    assert.ok(told.length < 100_000)
    assert.ok(content !== '', JSON.stringify(loop))
  })

test('after all that it works', async () => {
  const { told } = await ask('time_get_current_time', {})
  assert.match(told, /\d{4}-\d\d-\d\d/)
})
