import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { Grant } from '../call/call.ts'
import { Catalogue } from './catalogue.ts'

const EVERYTHING: Grant = {
  tier: 'OWNER',
  allows: () => true,
  rate: undefined,
  llm: undefined,
  ofUser: { tier: 'OWNER', rate: undefined, tokensPerDay: undefined },
}

const describe = (service_name: string, tools: string[], extra: Partial<Descriptor> = {}): Descriptor => ({
  service_name,
  title: service_name,
  version: '1.0.0',
  description: 'x',
  scope: 'user',
  listChanged: false,
  subscribe: false,
  tools: tools.map((name) => ({
    name,
    description: name,
    inputSchema: { type: 'object' },
    capability: 'x.y',
  })),
  prompts: [],
  resources: [],
  resourceTemplates: [],
  completions: false,
  ...extra,
})

function catalogueOf(...descriptors: Descriptor[]): Catalogue {
  const catalogue = new Catalogue({ title: 'all', version: '1.0.0', instructions: '' })
  catalogue.replace(new Map(descriptors.map((d) => [d.service_name, d])))
  return catalogue
}
const names = (catalogue: Catalogue, server?: string) =>
  catalogue.view(server, EVERYTHING)?.tools.map(({ name }) => name)

test('a name is the same however many servers there are', () => {
  assert.deepEqual(names(catalogueOf(describe('a', ['x']))), ['a_x'])
  assert.deepEqual(names(catalogueOf(describe('b', ['x']), describe('a', ['x', 'b_x']))), [
    'a_x',
    'a_b_x',
    'b_x',
  ])
})
test('a server alone shows its own names, and what only the gateway needs is not shown', () => {
  const catalogue = catalogueOf(describe('a', ['x']), describe('b', ['y']))
  assert.deepEqual(names(catalogue, 'b'), ['y'])
  assert.ok(!JSON.stringify(catalogue.view('b', EVERYTHING)).includes('capability'))
  assert.equal(catalogue.view('c', EVERYTHING), undefined)
})
test('an advertised name leads to its server, whatever underscores the tool has', () => {
  const catalogue = catalogueOf(describe('a', ['b_x']), describe('b', ['x']))
  assert.deepEqual(catalogue.findTool(undefined, 'a_b_x')?.name, 'b_x')
  assert.equal(catalogue.findTool(undefined, 'b_x')?.descriptor.service_name, 'b')
  for (const name of ['x', '_x', 'a_', 'a_x', '', 'constructor'])
    assert.equal(catalogue.findTool(undefined, name), undefined, name)
})
test('only what changed is reported, and whose it was', () => {
  const catalogue = catalogueOf(describe('a', ['x']), describe('b', ['y']))
  const told: [string[], string[]][] = []
  catalogue.onChange((kinds, servers) => told.push([[...kinds], [...servers]]))
  catalogue.replace(
    new Map([
      ['a', describe('a', ['x'])],
      ['b', describe('b', ['y'])],
    ]),
  )
  assert.deepEqual(told, [])
  catalogue.replace(new Map([['a', describe('a', ['x', 'z'])]]))
  assert.deepEqual(told, [[['tools'], ['a', 'b']]])
})
test('a resource that two servers list is the first one’s by name, and is listed once', () => {
  const resource = { uri: 'x://1', name: 'one', capability: 'x.y' }
  const catalogue = catalogueOf(
    describe('b', [], { resources: [resource] }),
    describe('a', [], { resources: [resource] }),
  )
  assert.equal(catalogue.view(undefined, EVERYTHING)?.resources.length, 1)
  assert.equal(catalogue.findResource(undefined, 'x://1')?.descriptor.service_name, 'a')
  assert.equal(catalogue.findResource('b', 'x://1')?.descriptor.service_name, 'b')
})
test('a template leads to its server', () => {
  const template = { uriTemplate: 'note://{id}', name: 'note', capability: 'x.y' }
  const catalogue = catalogueOf(describe('a', [], { resourceTemplates: [template] }))
  assert.equal(catalogue.findResource(undefined, 'note://7')?.descriptor.service_name, 'a')
  assert.equal(catalogue.findResource(undefined, 'note://7/8'), undefined)
})

test('what the gateway alone calls is a process, and nothing that clients see', () => {
  const catalogue = catalogueOf(describe('a', ['x']), describe('hidden', ['y'], { models: 'remote' }))
  assert.deepEqual(names(catalogue), ['a_x'])
  assert.equal(catalogue.has('hidden'), false)
  assert.equal(catalogue.findTool(undefined, 'hidden_y'), undefined)
  assert.equal(catalogue.findMethod('mcp.hidden.y'), undefined)
  assert.equal(catalogue.modelServer('remote')?.service_name, 'hidden')
  assert.deepEqual(
    catalogue.processes.map(({ service_name }) => service_name),
    ['a', 'hidden'],
  )
})

test('a server that is part of the gateway is seen, is no process, and nothing takes its place', () => {
  const own = describe('llm', ['chat'])
  const catalogue = new Catalogue({ title: 'all', version: '1.0.0', instructions: '' }, [own])
  catalogue.replace(
    new Map([
      ['llm', describe('llm', ['other'])],
      ['a', describe('a', ['x'])],
    ]),
  )
  assert.deepEqual(names(catalogue), ['a_x', 'llm_chat'])
  assert.equal(catalogue.findTool(undefined, 'llm_chat')?.descriptor, own)
  assert.deepEqual(
    catalogue.processes.map(({ service_name }) => service_name),
    ['a'],
  )
})

test('a choice of tools holds for all that a server offers, by its name, and not for language models’ methods', () => {
  const own = describe('llm', ['chat'], {
    methods: [
      {
        verb: 'chat',
        capability: 'llm.chat',
        description: '',
        positional: [],
        params_schema: {},
        result_schema: {},
        destructive: false,
      },
    ],
    instructions: 'Ask.',
  })
  const catalogue = new Catalogue({ title: 'all', version: '1.0.0', instructions: '' }, [own])
  const more: Partial<Descriptor> = {
    prompts: [{ name: 'p', capability: 'x.y' }],
    resources: [{ uri: 'x://1', name: 'one', capability: 'x.y' }],
    instructions: 'Look.',
  }
  catalogue.replace(
    new Map([
      ['a', describe('a', ['x', 'y'], more)],
      ['b', describe('b', ['x'], more)],
    ]),
  )
  const grant: Grant = { ...EVERYTHING, tools: { patterns: [], has: (name) => /^(a_.*|b_x)$/.test(name) } }
  const view = catalogue.view(undefined, grant)
  assert.deepEqual(
    view?.tools.map(({ name }) => name),
    ['a_x', 'a_y', 'b_x'],
  )
  assert.deepEqual(
    view?.prompts.map(({ name }) => name),
    ['a_p'],
  )
  assert.deepEqual(
    view?.resources.map(({ uri }) => uri),
    ['x://1'],
  )
  assert.equal(view?.instructions, '\na: Look.\nb: Look.')
  assert.deepEqual(catalogue.view('b', grant)?.prompts, [])
  const [method] = own.methods ?? []
  assert.ok(method && catalogue.offers(grant, own, method))
  assert.equal(catalogue.chosenAs(own, 'chat', false), 'llm_chat')
  assert.deepEqual([...catalogue.toolNames], ['a_x', 'a_y', 'b_x', 'llm_chat'])
})
