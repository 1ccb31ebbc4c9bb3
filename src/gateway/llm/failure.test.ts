import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelFailure, withoutForbidden } from './failure.ts'

const failure = new ModelFailure('unknown_model', 'There are: small, large.', {
  details: { models: ['small', 'large'] },
})
const told = (...names: string[]) => {
  const grant = { tokensPerRequest: undefined, tokensPerDay: undefined }
  const { message, data } = withoutForbidden(failure, {
    ...grant,
    allowsModel: (name) => names.includes(name),
  }).toRpcError()
  return JSON.stringify([message, data])
}

test('a failure names those models alone that the caller may use', () => {
  assert.match(told('small', 'large'), /There are: small, large/)
  assert.match(told('small'), /There are: small\./)
  assert.doesNotMatch(told('small'), /large/)
  assert.doesNotMatch(told(), /small|large/)
})
