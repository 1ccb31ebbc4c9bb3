import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_DESCRIPTOR_DEPTH } from '../protocol/limits.ts'
import { describeThirdParty } from './third-party.ts'
import { vet } from './vetting.ts'

const tool = (name: string, inputSchema: Record<string, unknown>) => ({
  name,
  description: name,
  inputSchema,
})
const nested = (levels: number): Record<string, unknown> =>
  levels === 1 ? {} : { properties: nested(levels - 1) }

test('a tool whose schema nests too deep for a descriptor is left out alone, with a remark', () => {
  // A schema stands below the descriptor, the list and the tool.
  const deepest = MAX_DESCRIPTOR_DEPTH - 3
  const { offer, pins, remarks } = vet('added', {
    tools: [tool('flat', {}), tool('deepest', nested(deepest)), tool('deep', nested(deepest + 1))],
    prompts: [],
    resources: [],
    resourceTemplates: [],
  })
  const kept = ['flat', 'deepest']
  assert.deepEqual(
    offer.tools.map(({ name }) => name),
    kept,
  )
  assert.deepEqual(Object.keys(pins), kept)
  assert.match(remarks.join(), /^the tool "deep" is left out: it nests deeper than \d+ levels$/)
})

test('descriptions that name a tool of their server are distinguished from plain words', () => {
  const named = {
    ...tool('list_issues', {
      properties: { id: { type: 'string', description: 'As list_issues gives it.', default: 'list_issues' } },
    }),
    description:
      'Lists. Then use readNote, get-file or search; see docs/list_issues.md, list_issues_all, /list_issues.',
    asksItself: true,
  }
  const offer = {
    instructions: 'Begin with list_issues.',
    prompts: [],
    resources: [],
    resourceTemplates: [],
    tools: [named, tool('readNote', {}), tool('get-file', {}), tool('search', {})],
  }
  const { tools, instructions } = describeThirdParty({ name: 'added', offer, pins: {} })
  assert.equal(instructions, 'Begin with {tool:list_issues}.')
  assert.equal(
    tools[0]?.description,
    'Lists. Then use {tool:readNote}, {tool:get-file} or search; see docs/list_issues.md, list_issues_all, /list_issues.',
  )
  assert.deepEqual(tools[0]?.inputSchema, {
    properties: {
      id: { type: 'string', description: 'As {tool:list_issues} gives it.', default: 'list_issues' },
    },
  })
  assert.ok(!('asksItself' in (tools[0] ?? {})), 'what it says of its consent is not believed')
})

test('a long text is looked through in one go', () => {
  const description = `${'aB'.repeat(500_000)}/ ${'a_'.repeat(500_000)}`
  const offer = {
    prompts: [],
    resources: [],
    resourceTemplates: [],
    tools: [{ ...tool('a_b', {}), description }],
  }
  assert.equal(describeThirdParty({ name: 'added', offer, pins: {} }).tools[0]?.description, description)
})
