import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { defineServer, defineTool, defineV1, ToolError } from '../protocol/define.ts'
import { META } from '../protocol/mcp.ts'
import { type Harness, harness } from './harness.ts'
import { compileValidators } from './testing/compile-validators.ts'

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const FAILURES = ['failed', 'invalid', 'permission', 'not_found'] as const

const join = defineV1({
  verb: 'join',
  description: 'Joins two texts.',
  capability: 'x.join',
  input: Type.Object(
    { a: Type.String(), b: Type.Optional(Type.String()), n: Type.Optional(Type.Integer()) },
    { additionalProperties: false },
  ),
  positional: ['a', 'b', 'n'],
  result: Type.Array(Type.String()),
  destructive: false,
  handler: async ({ a, b = '-', n = 1 }) => Array<string>(n).fill(a + b),
})
const fail = defineV1({
  verb: 'fail',
  description: 'Fails.',
  capability: 'x.fail',
  input: Type.Object({ kind: Type.Enum([...FAILURES]) }),
  positional: ['kind'],
  result: Type.Null(),
  destructive: false,
  handler: async ({ kind }) => {
    throw new ToolError(`It was ${kind}.`, { kind })
  },
})
const lie = defineV1({
  verb: 'lie',
  description: 'Breaks its own schema.',
  capability: 'x.lie',
  input: Type.Object({}),
  positional: [],
  result: Type.String(),
  destructive: false,
  handler: async () => 7 as unknown as string,
})
const tool = (name: string, handler: (args: { path: string; depth?: number }) => object | string) =>
  defineTool({
    name,
    title: name,
    description: name,
    capability: 'x.tool',
    input: Type.Object({ path: Type.String(), depth: Type.Optional(Type.Integer()) }),
    annotations: READ_ONLY,
    untrusted: 'file',
    handler: async (args) => handler(args),
  })

const server = (v1ErrorBase?: number) =>
  defineServer({
    name: 'x',
    title: 'X',
    version: '1.0.0',
    description: 'x',
    scope: 'user',
    tools: [
      tool('text', ({ path, depth = 0 }) => `${path} ${depth}`),
      tool('structured', (args) => ({ structured: args })),
      tool('broken', () => {
        throw new ToolError('It broke.')
      }),
      tool('absent', () => {
        throw new ToolError('Not there.', { kind: 'not_found' })
      }),
    ],
    v1: [join, fail, lie],
    ...(v1ErrorBase === undefined ? {} : { v1ErrorBase }),
    open: async () => ({}),
  })

async function start(v1ErrorBase?: number) {
  const definition = server(v1ErrorBase)
  return harness(definition, compileValidators(definition))
}
const call = async ({ connection }: Harness, method: string, given?: unknown) =>
  (await connection.request(`mcp.x.${method}`, given === undefined ? {} : { arguments: given })).value

test('parameters come by position or by name, and those at the end may be left out', async () => {
  await using x = await start()
  assert.deepEqual(await call(x, 'join', ['a', 'b', 2]), ['ab', 'ab'])
  assert.deepEqual(await call(x, 'join', ['a']), ['a-'])
  assert.deepEqual(await call(x, 'join', ['a', null, 2]), ['a-', 'a-'])
  assert.deepEqual(await call(x, 'join', { n: 1, a: 'x' }), ['x-'])
})

test('unfit parameters are refused in the words of the schema, within the server’s range of codes', async () => {
  await using x = await start(-32010)
  for (const given of [[], [1], ['a', 'b', 'c'], ['a', 'b', 1, 'more'], { a: 'x', c: 1 }, undefined])
    await assert.rejects(call(x, 'join', given), { code: -32011 }, JSON.stringify(given))
  await assert.rejects(call(x, 'join', ['a', 'b', 1, 2]), /at most 3: a, b, n/)
  await assert.rejects(call(x, 'join', 'a'), { code: -32602 })
})

test('each kind of failure has its code below the base, or a common one where there is no base', async () => {
  await using based = await start(-32010)
  for (const [i, kind] of FAILURES.entries())
    await assert.rejects(call(based, 'fail', [kind]), { code: -32010 - i, message: `It was ${kind}.` })
  await using plain = await start()
  await assert.rejects(call(plain, 'fail', ['failed']), { code: -32603 })
  await assert.rejects(call(plain, 'fail', ['not_found']), { code: -32602 })
})

test('a result that breaks its own schema does not leave the server', async () => {
  await using x = await start()
  await assert.rejects(call(x, 'lie'), { code: -32603 })
})

test('a tool is a method too: its structured result or its text, its failure as an error', async () => {
  await using x = await start(-32010)
  assert.equal(await call(x, 'text', ['/a', 2]), '/a 2')
  assert.deepEqual(await call(x, 'structured', { path: '/a' }), { path: '/a' })
  await assert.rejects(call(x, 'broken', ['/a']), { code: -32010, message: 'It broke.' })
  await assert.rejects(call(x, 'absent', ['/a']), { code: -32013, message: 'Not there.' })
  await assert.rejects(call(x, 'text', []), { code: -32011 })
})

test('what is no method of this server is unknown', async () => {
  await using x = await start()
  for (const method of ['mcp.x.nope', 'mcp.y.join', 'mcp.x.', 'mcp.x.constructor', 'mcp.x.join.more'])
    await assert.rejects(x.connection.request(method, {}), { code: -32601 }, method)
})

test('what others wrote is marked, on the result and each part of it', async () => {
  await using x = await start()
  const result = await x.connection.request('tools/call', { name: 'text', arguments: { path: '/a' } })
  assert.equal(result._meta?.[META.untrusted], 'file')
  for (const block of result.content as { _meta: Record<string, unknown> }[])
    assert.equal(block._meta[META.untrusted], 'file')
})

test('a failure that its caller reads is no line of the log', async () => {
  await using x = await start(-32010)
  for (const method of ['absent', 'broken']) await assert.rejects(call(x, method, ['a']))
  await assert.rejects(call(x, 'fail', ['not_found']))
  assert.deepEqual(x.logged, [])
  await assert.rejects(call(x, 'lie'))
  assert.deepEqual(
    x.logged.map(({ level }) => level),
    ['error'],
  )
})
