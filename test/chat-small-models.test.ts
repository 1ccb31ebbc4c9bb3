/** The Chat view and `luca llm` with models of this machine that can read little at once. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { ESC } from './support/luca-terminal.ts'
import { VirtualTerminal } from './support/virtual-terminal.ts'

const ALL = 140
const PAGE_UP = `${ESC}[5~`
/** A small model that never ends by itself takes so long to fill what it can read, at most, in milliseconds. */
const FILLED_MS = 60_000
let a: Appliance
const state = mkdtempSync(join(tmpdir(), 'chat-small-'))

before(async () => {
  a = await startAppliance()
  const folder = join(a.state, 'models')
  mkdirSync(folder, { recursive: true })
  for (const context of [512, 2048, 8192])
    generateModel(join(folder, `small-${context}.gguf`), { template: TEMPLATE, shape: { ...TINY, context } })
  generateModel(join(folder, 'plain.gguf'))
})
after(async () => {
  await a?.stop()
  rmSync(state, { recursive: true, force: true })
})

/** A server with so many tools, none of which is about files; the gateway finds it as it comes. */
async function addTools(count: number): Promise<void> {
  const tools = Array.from({ length: count }, (_, i) => ({
    name: `set_lamp_${i}`,
    title: `Set Lamp ${i}`,
    description: `Switches the lamp ${i} on or off.`,
    inputSchema: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] },
    annotations: { readOnlyHint: false, destructiveHint: false },
    capability: 'home.set',
  }))
  const descriptor = {
    service_name: 'home',
    title: 'Home',
    version: '1.0.0',
    description: 'Lamps.',
    scope: 'user',
    tools,
    listChanged: false,
    subscribe: false,
    prompts: [],
    resources: [],
    resourceTemplates: [],
    methods: [],
    completions: false,
  }
  writeFileSync(join(a.caps, 'home.cap.json'), JSON.stringify(descriptor))
  await until('the tools are there', async () => (await allTools()).length > count)
}

const allTools = async (): Promise<{ name: string; description: string; inputSchema: object }[]> =>
  JSON.parse((await a.luca(['tools', '--json'])).stdout).tools

async function asking(
  model: string,
  question: string,
  run: (terminal: VirtualTerminal) => Promise<void>,
): Promise<void> {
  const env = { LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket, LLMBDO_STATE: state }
  const terminal = new VirtualTerminal({ columns: 120, rows: 40, env })
  try {
    await terminal.shows(/● connected/)
    terminal.type(`${ESC}n${ESC}l`)
    await terminal.shows(/Which model\?/)
    terminal.type(`${model}\r`)
    await terminal.shows(new RegExp(`${model} · tools`))
    terminal.type(`${question}\r`)
    await run(terminal)
    // What the model says has no end, and would go on without luca.
    terminal.type(ESC)
    await terminal.shows(/Enter send/)
  } finally {
    await terminal.close()
  }
}

/** None added: those of our own servers alone. */
for (const tools of [0, ALL])
  for (const context of [2048, 8192])
    test(`a model that reads ${context} tokens answers with ${tools || 'our own'} tools around, of which it gets a quarter’s worth`, async () => {
      const missing = tools - (await allTools()).length
      if (missing > 0) await addTools(missing)
      const model = `small-${context}`
      await asking(model, 'which files are in my folder?', async (terminal) => {
        // What it says is made up: some letters, below the line about tools.
        const shown = await terminal.shows(/› which files[\s\S]*?with(out)? .*tools[\s\S]*?\n\n.*[a-z]{2}/)
        const screen = shown.replace(/\n/g, ' ')
        const [, listed = ''] = /chosen by the question: ((?:\w+(?:, +)?)+)/.exec(screen) ?? []
        const names = listed.split(/, +/).filter((name) => name.startsWith('fs_'))
        if (names.length === 0) assert.match(screen, /of \d+ none fits into what this model can read/)
        if (context === 8192) assert.ok(names.includes('fs_search_files'), screen)
        const of = Number(/ of (\d+) /.exec(screen)?.[1])
        assert.ok(
          of > tools / 2 && of < (await allTools()).length,
          'it has none that ask models, or keep conversations',
        )
        assert.doesNotMatch(screen, /context_overflow|max_tokens/)
      })
    })

test('a model that can call nothing answers without tools, and the view says so', async () => {
  await asking('plain', 'hello', async (terminal) => {
    await terminal.shows(/\n.*lo.* lo/)
    terminal.type(ESC)
    await terminal.shows(/plain · tools 0 of/)
    terminal.type(PAGE_UP.repeat(9))
    await terminal.shows(/without tools: this model can’t call tools/)
  })
})

test('a conversation that has become too long goes on without its beginning, and the view says so', async () => {
  await asking('small-512', 'begin', async (terminal) => {
    await terminal.shows(/Esc stop/)
    // The model never ends by itself, so that its answer fills all it can read.
    await terminal.shows(/Enter send/, FILLED_MS)
    terminal.type('go on\r')
    await terminal.shows(/Esc stop/)
    await terminal.shows(/older messages? (is|are) left out: this model can’t read more at once/, FILLED_MS)
  })
})

test('what is too long for the model is reported in plain words, with what to type', async () => {
  const { code, stderr } = await a.luca(['llm', 'word '.repeat(900), '--no-tools', '--model', 'small-2048'])
  assert.equal(code, 1)
  assert.match(stderr, /The model can read 2048 tokens at once, and this has \d+\. Ask about less/)
  assert.doesNotMatch(stderr, /context_overflow/)
})
