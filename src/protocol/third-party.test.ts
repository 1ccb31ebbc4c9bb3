import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_DESCRIPTOR_DEPTH } from './limits.ts'
import { vet } from './third-party.ts'

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
