import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { Catalogue } from './catalogue.ts'

const describe = (name: string, isOurs: boolean, uris: string[], templates: string[] = []): Descriptor => {
  const more = { name, capability: `${name}.use`, ...(isOurs ? {} : { untrusted: 'server' as const }) }
  return {
    service_name: name,
    title: name,
    version: '1',
    description: name,
    scope: 'user',
    completions: false,
    listChanged: false,
    subscribe: false,
    tools: [],
    prompts: [],
    resources: uris.map((uri) => ({ uri, ...more })),
    resourceTemplates: templates.map((uriTemplate) => ({ uriTemplate, ...more })),
  }
}
const catalogueOf = (...descriptors: Descriptor[]) => {
  const catalogue = new Catalogue({ title: 'all', version: '1', instructions: '' })
  const remarks = catalogue.replace(new Map(descriptors.map((d) => [d.service_name, d])))
  return {
    remarks,
    ownerOf: (uri: string) => catalogue.findResource(undefined, uri)?.descriptor.service_name,
  }
}

test('what a server of others has come to share with one of ours is ours, and that is logged', () => {
  const { ownerOf, remarks } = catalogueOf(
    describe('a', false, ['x://1', 'a://1'], ['{+any}', 'x://{+rest}']),
    describe('ours', true, ['x://1'], ['x://by/{id}']),
  )
  assert.equal(ownerOf('x://1'), 'ours')
  assert.equal(ownerOf('x://by/7'), 'ours')
  assert.equal(ownerOf('a://1'), 'a')
  assert.equal(ownerOf('y://anything'), undefined)
  assert.equal(remarks.length, 3)
  assert.match(
    remarks[0] ?? '',
    /^"x:\/\/1" of the server "a" is left out: .* the server "ours" answers for\.$/,
  )
})

test('of two servers of others the first by name has what both claim, and no template takes what another lists', () => {
  const { ownerOf, remarks } = catalogueOf(
    describe('a', false, ['x://1']),
    describe('b', false, ['x://1', 'b://1'], ['x://{+all}']),
  )
  assert.equal(ownerOf('x://1'), 'a')
  assert.equal(ownerOf('x://2'), undefined)
  assert.equal(ownerOf('b://1'), 'b')
  assert.equal(remarks.length, 2)
})

test('an address of any length is looked up without being taken apart', () => {
  const { ownerOf } = catalogueOf(describe('a', false, [], [`a:${'{+x}'.repeat(8)}!`]))
  assert.equal(ownerOf(`a:${'y'.repeat(100_000)}`), undefined)
})
