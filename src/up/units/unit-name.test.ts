import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropInFolders, expandSpecifiers, fileOf, formatUnitName, parseUnitName } from './unit-name.ts'

test('takes a name apart and puts it together again', () => {
  for (const name of [
    'mcp-fs@alice.socket',
    'mcp-fs@.service',
    'llmbasedos-gateway.service',
    'mcp-user@a-b.target',
  ])
    assert.equal(formatUnitName(parseUnitName(name)), name)
  assert.deepEqual(parseUnitName('mcp-fs@alice.socket'), {
    prefix: 'mcp-fs',
    instance: 'alice',
    type: 'socket',
  })
  assert.equal(parseUnitName('mcp-llm-local.socket').instance, undefined)
})

test('refuses what names no unit', () => {
  for (const name of ['', 'mcp-fs', 'a b.service', '../x.service', 'x.mount'])
    assert.throws(() => parseUnitName(name), /is not the name/)
})

test('makes an instance from the file of its template', () => {
  assert.equal(fileOf(parseUnitName('mcp-fs@alice.socket')), 'mcp-fs@.socket')
  assert.equal(fileOf(parseUnitName('mcp-llm-local.socket')), 'mcp-llm-local.socket')
})

test('looks for drop-ins from the least to the most specific folder', () => {
  assert.deepEqual(dropInFolders(parseUnitName('mcp-a-b@alice.service')), [
    'mcp-.service.d',
    'mcp-a-.service.d',
    'mcp-a-b@.service.d',
    'mcp-a-b@alice.service.d',
  ])
  assert.deepEqual(dropInFolders(parseUnitName('mcp-llm.socket')), ['mcp-.socket.d', 'mcp-llm.socket.d'])
})

test('fills in the specifiers, and refuses those that mean nothing here', () => {
  const expand = (value: string) =>
    expandSpecifiers(value, parseUnitName('mcp-fs@a-b\\x2dc.socket'), 'here:1')
  assert.equal(expand('/home/%i'), '/home/a-b\\x2dc')
  assert.equal(expand('%I'), 'a/b-c')
  assert.equal(expand('%n of %p, 100%%'), 'mcp-fs@a-b\\x2dc.socket of mcp-fs, 100%')
  assert.equal(expand('%N.service'), 'mcp-fs@a-b\\x2dc.service')
  assert.throws(() => expand('%h'), /^UnitError: here:1: the specifier "%h"/)
  assert.throws(() => expand('at 50%'), /specifier "%"/)
  assert.equal(expand('80%'), '80%')
})
