import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readModelAliases } from '../../contracts/testing/read-model-aliases.ts'
import type { LlmGrant } from '../call/call.ts'
import { candidates, type ModelSelector } from './choice.ts'

const ALL: LlmGrant = { allowsModel: () => true, tokensPerRequest: undefined, tokensPerDay: undefined }
const only = (...names: string[]): LlmGrant => ({ ...ALL, allowsModel: (name) => names.includes(name) })
const BOX = { api_base_url: 'http://box/v1', levels: ['l0', 'l1', 'l2'] }
const chosen = (selector: ModelSelector, file: object, grant = ALL) =>
  candidates(selector, readModelAliases(file), grant).map(({ name }) => name)

test('without a name: the default provider’s default, else any default, else this machine, then the first', () => {
  const providers = { box: BOX, bin: BOX }
  const models = { a: { provider: 'box' }, b: { provider: 'bin' }, c: { provider: 'bin', is_default: true } }
  assert.deepEqual(chosen({}, { providers, models, default_provider: 'bin' }), ['c'])
  assert.deepEqual(chosen({}, { providers, models, default_provider: 'box' }), ['a'])
  assert.deepEqual(chosen({}, { providers, models }), ['c'])
  assert.deepEqual(chosen({}, { providers, models, default_provider: 'local' }), ['local', 'a'])
  assert.deepEqual(chosen({}, { providers, models: { a: models.a } }), ['local', 'a'])
  assert.deepEqual(chosen({ model: 'default' }, {}), ['local'])
})

test('what stands in for this machine does so only where that has no model at all', () => {
  const [here, elsewhere] = candidates({}, readModelAliases({ models: { a: { provider: 'openai' } } }), ALL)
  assert.deepEqual([here?.onlyWithout, elsewhere?.onlyWithout], [undefined, true])
})

test('a name is an alias, a level of a provider, or a model of this machine, with its fall-backs', () => {
  const file = {
    providers: { box: BOX },
    models: { a: { provider: 'box', fallback: ['box:2', 'tiny', 'a'] } },
  }
  const all = candidates({ model: 'a' }, readModelAliases(file), ALL)
  assert.deepEqual(
    all.map(({ name, where, modelName }) => [name, where, modelName]),
    [
      ['a', 'remote', 'a'],
      ['box:2', 'remote', 'l2'],
      ['tiny', 'local', 'tiny'],
    ],
  )
})

test('vectors come from the model that was named, and from no other', () => {
  const aliases = readModelAliases({ models: { a: { provider: 'openai', fallback: ['tiny'] } } })
  const names = (model: string) => candidates({ model }, aliases, ALL, true).map(({ name }) => name)
  assert.deepEqual(names('a'), ['a'])
  assert.deepEqual(names('default'), ['local', 'a', 'tiny'])
})

test('complexity is a level of the default provider, or of the one that is named', () => {
  const file = { providers: { box: BOX, bin: BOX }, default_provider: 'bin' }
  assert.deepEqual(chosen({ complexity: 1 }, file), ['bin:1'])
  assert.deepEqual(chosen({ complexity: 0, model: 'box' }, file), ['box:0'])
  assert.deepEqual(chosen({ complexity: 0 }, {}), ['local'])
  assert.throws(() => chosen({ complexity: 0, model: 'nobody' }, file), /no provider with levels/)
})

test('a tier forbids by the name here and by the provider’s, and fall-backs without a word', () => {
  const file = {
    providers: { box: BOX },
    models: { a: { provider: 'box', model_name: 'x', fallback: ['tiny'] } },
  }
  assert.throws(
    () => chosen({ model: 'a' }, file, only('tiny')),
    (error: { code: number }) => error.code === -32004,
  )
  assert.deepEqual(chosen({ model: 'a' }, file, only('a')), ['a'])
  assert.deepEqual(chosen({ model: 'a' }, file, only('x', 'tiny')), ['a', 'tiny'])
  assert.throws(() => chosen({}, {}, only('tiny')), /"local"/)
})
