import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { descriptorProblem } from '../protocol/descriptor.ts'
import { META } from '../protocol/mcp.ts'
import {
  describeThirdParty,
  driftOf,
  hasDrifted,
  type Offer,
  offeredName,
  originalName,
} from './third-party.ts'
import { vet } from './vetting.ts'

const offering = (offer: object): Offer =>
  ({ tools: [], prompts: [], resources: [], resourceTemplates: [], ...offer }) as Offer

test('names of all kinds become names that every client accepts, the same each time, and never another’s', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(
      'a.b',
      'a_b',
      'a/b',
      'Über',
      '__proto__',
      'constructor',
      'toString',
      'x'.repeat(90),
      '名前',
      '',
    ),
  )
  fc.assert(
    fc.property(names, names, (one, other) => {
      const offered = offeredName('server', one)
      assert.match(`server_${offered}`, /^[a-zA-Z0-9_-]{1,50}$/)
      assert.equal(offeredName('server', one), offered)
      if (one !== other) assert.notEqual(offered, offeredName('server', other))
    }),
  )
  assert.equal(offeredName('server', 'plain-name_1'), 'plain-name_1')
})

test('whatever a server says of itself, what is offered is a descriptor, and it has not drifted from itself', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('constructor', '__proto__', 'a.b', 'x'),
  )
  const item = fc.record(
    {
      name: fc.oneof(word, fc.jsonValue()),
      title: fc.jsonValue(),
      description: fc.jsonValue(),
      inputSchema: fc.jsonValue(),
      outputSchema: fc.jsonValue(),
      annotations: fc.jsonValue(),
      arguments: fc.jsonValue(),
      uri: fc.oneof(fc.webUrl(), word),
      uriTemplate: word,
      icons: fc.jsonValue(),
      _meta: fc.jsonValue(),
      capability: word,
      untrusted: word,
    },
    { requiredKeys: [] },
  )
  const items = fc.array(item, { maxLength: 5 })
  fc.assert(
    fc.property(
      items,
      items,
      items,
      items,
      fc.jsonValue(),
      (tools, prompts, resources, resourceTemplates, title) => {
        const offer = offering({ tools, prompts, resources, resourceTemplates, title, instructions: title })
        const vetted = vet('odd', offer)
        const descriptor = describeThirdParty({ name: 'odd', ...vetted })
        assert.equal(descriptorProblem(JSON.parse(JSON.stringify(descriptor)), 'odd'), undefined)
        for (const each of [
          ...descriptor.tools,
          ...descriptor.prompts,
          ...descriptor.resources,
          ...descriptor.resourceTemplates,
        ]) {
          assert.deepEqual([each.capability, each.untrusted], ['odd.use', 'server'])
          assert.ok(!('icons' in each))
          const { _meta = {} } = each as { _meta?: object }
          assert.ok(Object.keys(_meta).every((key) => key === META.originalName))
        }
        assert.doesNotMatch(vetted.remarks.join(''), /[^\P{Cc}\n]/u)
        const { changed } = driftOf(
          'odd',
          vetted.pins,
          offer.tools.filter(({ name }) =>
            vetted.offer.tools.some((tool) => originalName(vetted.offer, tool) === name),
          ),
        )
        const names = offer.tools.map(({ name }) => name)
        if (new Set(names).size === names.length) assert.deepEqual(changed, [])
      },
    ),
  )
})

test('tools named as what every object has are tools like any other', () => {
  const tools = ['constructor', 'toString', 'hasOwnProperty'].map((name) => ({
    name,
    inputSchema: { type: 'object' },
    outputSchema: { type: 'object' },
  }))
  const { offer, pins, remarks } = vet('odd', offering({ tools, unsoundOutputs: {} }))
  assert.deepEqual([offer.tools.length, remarks], [3, []])
  assert.ok(!hasDrifted(driftOf('odd', pins, tools as never)))
  assert.deepEqual(driftOf('odd', {}, tools as never).added, ['constructor', 'toString', 'hasOwnProperty'])
})

test('names that differ in invisible characters are two, each shown without it and known to its server as it is', () => {
  const names = [
    'read',
    're\u200bad',
    'read\u00a0',
    'r\u202eead',
    'read ',
    '\u2066read',
    '\ufeffread',
    're\u00adad',
  ]
  const tools = names.map((name) => ({ name, inputSchema: { type: 'object' } }))
  const { offer, pins, remarks } = vet('odd', offering({ tools, prompts: tools }))
  for (const items of [offer.tools, offer.prompts]) {
    assert.equal(new Set(items.map(({ name }) => name)).size, names.length)
    assert.deepEqual(
      items.map((item) => originalName(offer, item)),
      names,
    )
    for (const { name, title, _meta } of items.slice(1)) {
      assert.match(name, /^[a-zA-Z0-9_-]+-[0-9a-f]{6}$/)
      assert.deepEqual([title, _meta], ['read', { [META.originalName]: 'read' }])
    }
  }
  assert.ok(remarks.every((remark) => /invisible characters/.test(remark)))
  assert.ok(!hasDrifted(driftOf('odd', pins, tools as never)))
})
