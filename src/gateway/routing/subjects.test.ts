import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeThirdParty } from '../../contracts/third-party.ts'
import { Catalogue } from './catalogue.ts'
import { createSubjects } from './subjects.ts'

test('whatever is read of an added server is the word of others', () => {
  const offer = {
    tools: [{ name: 'tool', description: '', inputSchema: { type: 'object' as const } }],
    prompts: [{ name: 'prompt' }],
    resources: [{ uri: 'x://a', name: 'resource' }],
    resourceTemplates: [{ uriTemplate: 'y://{a}', name: 'template' }],
  }
  const catalogue = new Catalogue({ title: 'all', version: '1', instructions: '' })
  catalogue.replace(new Map([['added', describeThirdParty({ name: 'added', offer, pins: {} })]]))
  const subjectOf = createSubjects(catalogue)
  for (const [method, params] of [
    ['tools/call', { name: 'added_tool' }],
    ['prompts/get', { name: 'added_prompt' }],
    ['resources/read', { uri: 'x://a' }],
    ['resources/read', { uri: 'y://b' }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'y://{a}' } }],
    ['mcp.added.tool', {}],
  ] as const)
    assert.equal(subjectOf({ method, params, server: undefined })?.untrusted, 'server', method)
})
