import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError } from '../protocol/jsonrpc.ts'
import { harness } from './harness.ts'
import { openService } from './service.ts'
import { NO_HOST } from './testing/no-host.ts'
import { sampleServer } from './testing/sample-server.ts'

async function start() {
  const { server, validators, seen } = sampleServer()
  const running = await harness(server, validators)
  const call = (name: unknown, args?: unknown) =>
    running.connection.request('tools/call', { name, ...(args === undefined ? {} : { arguments: args }) })
  return { running, call, seen, [Symbol.asyncDispose]: () => running.close() }
}

const rejects = (promise: Promise<unknown>, code: number, message: RegExp) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof RpcError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })

test('tools are listed in the order of their definition, without what only the gateway needs', async () => {
  await using it = await start()
  const { tools, ttlMs, cacheScope, resultType } = await it.running.connection.request('tools/list')
  const [echo] = tools as Record<string, unknown>[]
  assert.deepEqual(Object.keys(echo ?? {}).sort(), [
    'annotations',
    'description',
    'inputSchema',
    'name',
    'outputSchema',
    'title',
  ])
  assert.deepEqual([ttlMs, cacheScope, resultType], [300_000, 'public', 'complete'])
  const again = await it.running.connection.request('tools/list')
  assert.deepEqual(again.tools, tools)
})

test('a structured reply is given as text as well', async () => {
  await using it = await start()
  assert.deepEqual(await it.call('echo', { text: 'hi' }), {
    resultType: 'complete',
    content: [{ type: 'text', text: '{"text":"hi"}' }],
    structuredContent: { text: 'hi' },
  })
})

test('arguments may be left out where none are needed', async () => {
  await using it = await start()
  assert.deepEqual((await it.call('changes')).content, [{ type: 'text', text: 'changed' }])
})

test('arguments that don’t fit the schema are a failed call that says why, and the handler is not run', async () => {
  await using it = await start()
  const missing = await it.call('echo', {})
  assert.equal(missing.isError, true)
  assert.match(JSON.stringify(missing.content), /echo.*text/)
  const wrong = await it.call('echo', { text: 5, more: 1 })
  assert.match(JSON.stringify(wrong.content), /more/)
  assert.match(JSON.stringify(wrong.content), /text must be string/)
  assert.deepEqual(it.seen.calls, [])
})

test('a call without a name, or with arguments that are no object, is a protocol error', async () => {
  await using it = await start()
  await rejects(it.call(undefined, {}), -32602, /name/)
  await rejects(it.call(5, {}), -32602, /name/)
  for (const args of [[], 'text', 5]) await rejects(it.call('echo', args), -32602, /object/)
})

test('an unknown tool is refused by name, with the one that was probably meant', async () => {
  await using it = await start()
  await rejects(it.call('ecko'), -32602, /"ecko".*Did you mean "echo"/)
  await rejects(it.call('somethingElseEntirely'), -32602, /tools\/list/)
  await rejects(it.call('__proto__'), -32602, /Unknown tool/)
})

test('a ToolError is a failed call with its message', async () => {
  await using it = await start()
  assert.deepEqual(await it.call('toolError'), {
    resultType: 'complete',
    content: [{ type: 'text', text: 'The disk is full; free some space.' }],
    isError: true,
  })
})

test('an RpcError goes through as it is', async () => {
  await using it = await start()
  await assert.rejects(it.call('rpcError'), { code: -32002, message: 'Not for you.', data: { why: 'test' } })
})

test('any other error is internal, says nothing of its content, and is logged with its cause', async () => {
  await using it = await start()
  for (const name of ['bug', 'syncBug']) await rejects(it.call(name), -32603, /^Something went wrong/)
  const [line] = it.running.logged
  assert.equal(line?.level, 'error')
  assert.equal(line?.fields.name, 'bug')
  assert.match(String(line?.fields.err), /secret path/)
})

test('a result that breaks the tool’s own schema is our mistake: internal, and logged', async () => {
  await using it = await start()
  await rejects(it.call('liar'), -32603, /"liar".*schema/)
  assert.match(String(it.running.logged[0]?.fields.err), /n must be number/)
})

test('a server whose validators were not generated does not open', async () => {
  const { server } = sampleServer()
  const log = { info() {}, warn() {}, error() {} }
  await assert.rejects(
    openService(server, {}, { ...NO_HOST, log }),
    /"echo" has no validator; run "make generate"/,
  )
})
