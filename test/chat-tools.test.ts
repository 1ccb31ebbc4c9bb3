/** Which tools a small model is given with questions about documents, by the real gateway and models of this machine. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { GatewayLink } from '../src/command/link.ts'
import { generateModel, TEMPLATE, TINY } from '../src/models/testing/generate.ts'
import { METHOD } from '../src/protocol/mcp.ts'
import { OWN_TOOLS } from '../src/protocol/names.ts'
import { offerOf } from '../src/tui/session/offer.ts'
import { chooseTools, counter } from '../src/tui/session/tool-choice.ts'
import { type Appliance, startAppliance } from './support/appliance.ts'

const SEARCH = 'fs_search_documents'
const READ = 'fs_read_document'
/** The models of this test have a token for each letter, where others have one for four: so these are as 1024 and 2048 of theirs. */
const CONTEXTS = [4096, 8192]
const QUESTIONS = [
  'what does my lease say about notice?',
  'when is the boiler serviced?',
  'how much did the dentist cost last year?',
  'who is the contact for the insurance of the car?',
  'Wann endet mein Mietvertrag?',
]
/** Questions that name what is to be read. */
const NAMED = [
  'summarise lease.pdf',
  'what is on page 3 of Documents/contract-2024.docx?',
  'add up the amounts in “costs.xlsx”.',
  'Was steht in Mietvertrag.pdf?',
]
const { signal } = new AbortController()
let a: Appliance
let link: GatewayLink

before(async () => {
  a = await startAppliance()
  const folder = join(a.state, 'models')
  mkdirSync(folder, { recursive: true })
  for (const context of CONTEXTS)
    generateModel(join(folder, `small-${context}.gguf`), { template: TEMPLATE, shape: { ...TINY, context } })
  mkdirSync(join(a.files, 'notes'))
  writeFileSync(join(a.files, 'notes/flat.md'), '# Lease\n\nNotice is given three months before.')
  link = await GatewayLink.open(a.socket, { name: 'test', version: '1' })
})
after(async () => {
  await link?.close()
  await a?.stop()
})

async function chosenFor(question: string, context: number, offered: readonly string[] = []) {
  const model = `small-${context}`
  const { tools: all } = await offerOf(link)
  const tools = all.map(({ name, description, inputSchema: parameters }) => ({
    type: 'function' as const,
    function: { name, description, parameters },
  }))
  const count = counter(link, model, signal)
  const messages = [{ role: 'user' as const, content: question }]
  const { tools: chosen } = await chooseTools({ messages, model, tools, offered }, link, count, signal)
  const probe = [{ role: 'user' as const, content: '?' }]
  const costs = await Promise.all([count(probe, chosen), count(probe, [])])
  return {
    names: chosen.map((tool) => tool.function.name),
    parameters: new Map(
      chosen.map(({ function: { name, parameters } }) => [name, Object.keys(parameters?.properties ?? {})]),
    ),
    cost: (costs[0]?.tokens ?? 0) - (costs[1]?.tokens ?? 0),
  }
}

test('before anything is indexed a question about documents gets no tool that searches none', async () => {
  const { names } = await chosenFor('convert this time to another time zone', 8192)
  assert.ok(names.length > 0)
  assert.ok(!names.includes(SEARCH), names.join())
})

test('the tools for documents are found by what people call these', async () => {
  const found = async (query: string) => {
    const call = { name: OWN_TOOLS.search, arguments: { query, limit: 3 } }
    const { structuredContent } = await link.request(METHOD.callTool, call, { signal })
    return (structuredContent as { tools: { name: string }[] }).tools.map(({ name }) => name)
  }
  for (const query of [
    'read a pdf',
    'open a word document',
    'what is in the spreadsheet',
    'the second sheet of the excel file',
    'slides of the presentation',
    'read an epub',
    'page 3 of the contract',
    'summarise this document',
  ])
    assert.ok((await found(query)).includes(READ), `${query}: ${await found(query)}`)
  for (const query of ['search my notes', 'find in documents'])
    assert.ok((await found(query)).includes(SEARCH), `${query}: ${await found(query)}`)
})

test('a question that names a document gets the tool that reads it, page by page, within a quarter of the context', async () => {
  for (const context of CONTEXTS)
    for (const question of NAMED) {
      const { names, parameters, cost } = await chosenFor(question, context)
      assert.equal(names[0], READ, `${context}, ${question}: ${names.join()}`)
      assert.deepEqual(parameters.get(READ)?.slice(0, 2), ['path', 'pages'])
      assert.ok(cost <= context / 4, `${context}, ${question}: ${cost}`)
    }
  const { names } = await chosenFor('what is the time in Tokyo, says clock.example.com/now?', 4096)
  assert.notEqual(names[0], READ)
})

test('once a folder is indexed, a model of any size can search documents, within a quarter of its context', async () => {
  const { code, stderr } = await a.luca(['index', 'add', '/notes'])
  assert.equal(code, 0, stderr)
  for (const context of CONTEXTS)
    for (const question of QUESTIONS) {
      const { names, parameters, cost } = await chosenFor(question, context)
      assert.ok(names.includes(SEARCH), `${context}, ${question}: ${names.join()}`)
      assert.ok(parameters.get(SEARCH)?.includes('query'))
      assert.ok(cost <= context / 4, `${context}, ${question}: ${cost}`)
    }
})

test('where there is room, a question that names a document gets both, and any other can read what it finds', async () => {
  for (const question of [...NAMED, ...QUESTIONS]) {
    const { names, cost } = await chosenFor(question, 8192)
    assert.ok(names.includes(READ) && names.includes(SEARCH), `${question}: ${names.join()}`)
    assert.ok(cost <= 8192 / 4, `${question}: ${cost}`)
  }
})

test('a question about something else gets the tool for that, too, and goes on with what the model knows', async () => {
  for (const context of CONTEXTS) {
    const { names, cost } = await chosenFor('convert this time to another time zone', context)
    assert.ok(names.some((name) => name.startsWith('time_')))
    assert.ok(names.includes(SEARCH) && cost <= context / 4, `${context}, ${cost}: ${names.join()}`)
    const next = await chosenFor('and to the time zone of Tokyo?', context, names)
    assert.deepEqual(
      names.filter((name) => !next.names.includes(name)),
      [],
    )
  }
})

test('where there is room, tools have all their parameters', async () => {
  const { parameters } = await chosenFor('what does my lease say about notice?', 8192)
  assert.ok(parameters.get(SEARCH)?.includes('folder'))
})
