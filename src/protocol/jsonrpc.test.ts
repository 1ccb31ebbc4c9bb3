import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ToolError } from './define.ts'
import { ERRORS, httpStatus } from './errors.ts'
import { parse, RpcError, toRpcError } from './jsonrpc.ts'

test('nothing that is JSON makes the parser throw', () => {
  fc.assert(fc.property(fc.json(), (text) => void parse(text)))
})
test('nothing that is no JSON makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parse(text)))
})
test('ids of every legal kind are taken', () => {
  for (const id of ['a', '', 0, -1, 1.5, 2 ** 53, null]) {
    const parsed = parse(JSON.stringify({ jsonrpc: '2.0', id, method: 'm' }))
    assert.ok(parsed.kind === 'request' && Object.is(parsed.message.id, id), String(id))
  }
})
test('ids of any other kind are refused', () => {
  for (const id of [true, {}, [], [1]])
    assert.equal(parse(JSON.stringify({ jsonrpc: '2.0', id, method: 'm' })).kind, 'refused')
})
test('a refusal keeps the id where there is one to answer', () => {
  const parsed = parse('{"jsonrpc":"1.0","id":7,"method":"m"}')
  assert.ok(parsed.kind === 'refused' && parsed.id === 7 && parsed.error.code === -32600)
})
test('answers need either a result or an error', () => {
  assert.equal(parse('{"jsonrpc":"2.0","id":1,"result":null}').kind, 'response')
  assert.equal(parse('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}').kind, 'response')
  for (const text of [
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}',
    '{"jsonrpc":"2.0","id":1,"error":"no"}',
  ])
    assert.equal(parse(text).kind, 'refused', text)
})
test('what was thrown inside is not told outside', () => {
  const error = toRpcError(new Error('the password is swordfish'))
  assert.equal(error.code, ERRORS.INTERNAL.code)
  assert.ok(!JSON.stringify(error.toObject()).includes('swordfish'))
  const own = new RpcError('FORBIDDEN', 'no')
  assert.equal(toRpcError(own), own)
  const meant = toRpcError(new ToolError('The disk of /x is full; nothing was changed.'))
  assert.deepEqual([meant.code, meant.message], [-32603, 'The disk of /x is full; nothing was changed.'])
})
test('no two errors share a code, and a code of a server alone is no fault of the request', () => {
  const codes = Object.values(ERRORS).map(({ code }) => code)
  assert.equal(new Set(codes).size, codes.length)
  assert.equal(httpStatus(-32601), 404)
  assert.equal(httpStatus(-31999), 200)
})
