import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeThirdParty } from '../../contracts/third-party.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { Inbound } from '../call/call.ts'
import { Catalogue } from './catalogue.ts'
import { createResolve } from './resolve.ts'

const schema = { type: 'object' as const }
const ADDED = describeThirdParty({
  name: 'added',
  offer: {
    tools: [{ name: 'tool', description: '', inputSchema: schema }],
    prompts: [{ name: 'prompt' }],
    resources: [{ uri: 'x://a', name: 'resource' }],
    resourceTemplates: [{ uriTemplate: 'y://{a}', name: 'template' }],
  },
  pins: {},
})
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const described = { description: '', inputSchema: schema }
const FS: Descriptor = {
  service_name: 'fs',
  title: 'fs',
  version: '1',
  description: '',
  scope: 'user',
  listChanged: false,
  subscribe: false,
  completions: false,
  prompts: [],
  resources: [],
  resourceTemplates: [],
  tools: [
    { ...described, name: 'read', capability: 'fs.read', annotations: READ_ONLY },
    { ...described, name: 'move', capability: 'fs.write', alsoNeeds: 'fs.delete' },
    { ...described, name: 'write', capability: 'fs.write', asksItself: true },
  ],
  methods: [
    {
      verb: 'list',
      description: '',
      capability: 'fs.list',
      positional: [],
      destructive: false,
      params_schema: schema,
      result_schema: schema,
    },
    {
      verb: 'delete',
      description: '',
      capability: 'fs.delete',
      positional: [],
      destructive: true,
      params_schema: schema,
      result_schema: schema,
      alsoNeeds: 'fs.list',
    },
  ],
}
const LLM: Descriptor = { ...FS, service_name: 'llm' }

function setUp() {
  const catalogue = new Catalogue({ title: 'all', version: '1', instructions: '' }, [LLM])
  const replace = () =>
    catalogue.replace(
      new Map([
        ['added', { ...ADDED }],
        ['fs', { ...FS }],
      ]),
    )
  replace()
  const resolve = createResolve(catalogue, ['mcp.hello', 'admin/token/change'])
  const of = (method: string, params: Record<string, unknown> = {}, server?: string) =>
    resolve({ method, params, server } as Inbound)
  return { of, resolve, replace }
}

test('whatever is read of an added server is the word of others', () => {
  const { of } = setUp()
  for (const [method, params] of [
    ['tools/call', { name: 'added_tool' }],
    ['prompts/get', { name: 'added_prompt' }],
    ['resources/read', { uri: 'x://a' }],
    ['resources/read', { uri: 'y://b' }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'y://{a}' } }],
    ['mcp.added.tool', {}],
  ] as const)
    assert.equal(of(method, params).target?.untrusted, 'server', method)
})

test('a request is resolved to the item that it is about, and to all that a tier must grant for it', () => {
  const { of } = setUp()
  const facts = (method: string, params: Record<string, unknown> = {}, server?: string) => {
    const { target, capabilities } = of(method, params, server)
    return target && { name: target.name, capabilities, chosenAs: target.chosenAs, asks: target.destructive }
  }
  const [read, move, write] = FS.tools.map(({ name }) => `fs_${name}`)
  assert.deepEqual(
    [
      facts('tools/call', { name: read }),
      facts('tools/call', { name: move }),
      facts('tools/call', { name: 'write' }, 'fs'),
      facts('mcp.fs.list'),
      facts('mcp.fs.delete'),
      facts('mcp.fs.move'),
      facts('prompts/get', { name: 'added_prompt' }),
    ],
    [
      { name: 'read', capabilities: ['fs.read'], chosenAs: read, asks: false },
      { name: 'move', capabilities: ['fs.write', 'fs.delete'], chosenAs: move, asks: true },
      { name: 'write', capabilities: ['fs.write'], chosenAs: write, asks: true },
      { name: 'list', capabilities: ['fs.list'], chosenAs: 'fs_list', asks: false },
      { name: 'delete', capabilities: ['fs.delete', 'fs.list'], chosenAs: 'fs_delete', asks: true },
      { name: 'move', capabilities: ['fs.write', 'fs.delete'], chosenAs: move, asks: true },
      { name: 'prompt', capabilities: ['added.use'], chosenAs: 'added_prompt', asks: false },
    ],
  )
  const { asksItself } = of('tools/call', { name: write }).target ?? {}
  assert.deepEqual([asksItself, of('mcp.fs.delete').target?.asksItself], [true, false])
})

test('the gateway’s own v1 methods must be granted by their names, and its other ones by nothing', () => {
  const { of } = setUp()
  for (const [method, capabilities] of [
    ['mcp.hello', ['mcp.hello']],
    ['admin/token/change', []],
    ['tools/list', []],
    ['mcp.nothing', []],
  ] as const) {
    const resolved = of(method)
    assert.deepEqual([resolved.target, resolved.capabilities], [undefined, capabilities], method)
  }
})

test('a language model is no tool where it is called as a method, and one where it is called as a tool', () => {
  const { of } = setUp()
  assert.equal(of('mcp.llm.read').target?.chosenAs, undefined)
  assert.equal(of('tools/call', { name: 'llm_read' }).target?.chosenAs, 'llm_read')
  assert.equal(of('mcp.llm.read').target?.chosenAs, undefined)
})

test('a call of call_tool is resolved to the call that it stands for', () => {
  const { of } = setUp()
  const wrapped = (name: unknown, args?: unknown) => ({
    name: 'call_tool',
    arguments: { name, ...(args === undefined ? {} : { args }) },
    requestState: 's',
  })
  const given = wrapped('fs_move', { path: null, to: '/b' })
  const { target, params, inbound } = of('tools/call', given)
  assert.equal(target, of('tools/call', { name: 'fs_move' }).target)
  assert.deepEqual(params, { name: 'fs_move', arguments: { path: null, to: '/b' }, requestState: 's' })
  assert.equal(inbound.params, given, 'what the transport gave is as it was')
  assert.deepEqual(of('tools/call', wrapped('fs_move')).params.arguments, {})
  for (const params of [wrapped(1), wrapped('fs_move', 'x'), wrapped('call_tool'), { name: 'call_tool' }])
    assert.throws(() => of('tools/call', params), { code: -32602 }, JSON.stringify(params))
  assert.equal(of('tools/call', { name: 'call_tool' }, 'fs').target, undefined, 'at one server it is no tool')
})

test('null means absent, but for administration, where it is a value', () => {
  const { of } = setUp()
  const params = { name: 'fs_move', cursor: null, _meta: { progressToken: null, a: 1 } }
  assert.deepEqual(of('tools/call', params).params, { name: 'fs_move', _meta: { a: 1 } })
  assert.deepEqual(of('admin/token/change', { tools: null }).params, { tools: null })
  const plain = { name: 'fs_move', _meta: { a: 1 } }
  assert.equal(of('tools/call', plain).params, plain, 'the same object where none is null')
})

test('what a request was resolved to can’t be changed, and is one for each item of a descriptor', () => {
  const { of, replace } = setUp()
  const params = { name: 'fs_move' }
  const resolved = of('tools/call', params)
  const { target } = resolved
  assert.ok(target && Object.isFrozen(resolved) && Object.isFrozen(target))
  assert.equal(of('tools/call', params).target, target)
  replace()
  const after = of('tools/call', params).target
  assert.notEqual(after, target)
  assert.notEqual(after?.descriptor, target.descriptor)
})

test('a name that is no text is the name of nothing', () => {
  const { of } = setUp()
  for (const name of [['fs_move'], 1, true, { toString: 'fs_move' }, undefined])
    for (const method of ['tools/call', 'prompts/get', 'resources/read', 'completion/complete'])
      assert.equal(of(method, { name, uri: name, ref: { name, uri: name } }).target, undefined)
})
