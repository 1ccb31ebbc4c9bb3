import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Credential, Gate } from '../../call/call.ts'
import { type StatusOptions, statusOf } from './status.ts'
import { gateOf, principalOf, serving } from './testing/serve.ts'

const gate: Gate = {
  ...gateOf(() => assert.fail('nothing is called')),
  identify(credential: Credential) {
    if (credential.kind === 'bearer' && credential.token === 'good') return principalOf('ann')
    throw new RpcError('UNAUTHENTICATED', 'no')
  },
}
const handlers = (options: Partial<StatusOptions> = {}) =>
  statusOf({
    gate,
    readiness: async () => ({ ready: true, details: { servers: 3 } }),
    metrics: async () => ({ type: 'text/x', text: 'calls 1\n' }),
    ca: () => undefined,
    ...options,
  })

test('health is one word, whoever asks', async () => {
  await using served = await serving(gate, (exchange) => handlers().health(exchange))
  const answer = await fetch(served.url)
  assert.deepEqual([answer.status, await answer.text()], [200, 'ok'])
})

test('readiness is a status for everyone, and details are for who is known', async () => {
  let isReady = true
  const { ready } = handlers({ readiness: async () => ({ ready: isReady, details: { servers: 3 } }) })
  await using served = await serving(gate, ready)
  const ask = async (authorization: string) => {
    const answer = await fetch(served.url, { headers: { authorization } })
    return [answer.status, await answer.json()]
  }
  assert.deepEqual(await ask('Bearer good'), [200, { status: 'ready', servers: 3 }])
  assert.deepEqual(await ask('Bearer bad'), [200, { status: 'ready' }])
  isReady = false
  assert.deepEqual(await ask('Bearer bad'), [503, { status: 'not ready' }])
  assert.deepEqual(await ask('Bearer good'), [503, { status: 'not ready', servers: 3 }])
})

test('metrics have the type that they are written in', async () => {
  await using served = await serving(gate, (exchange) => handlers().metrics(exchange))
  const answer = await fetch(served.url)
  assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['text/x', 'calls 1\n'])
})

test('the CA is given as what phones offer to trust, and without one the answer says why', async () => {
  let pem: string | undefined = 'PEM'
  await using served = await serving(gate, (exchange) => handlers({ ca: () => pem }).ca(exchange))
  const answer = await fetch(served.url)
  assert.deepEqual(
    [answer.headers.get('content-type'), await answer.text()],
    ['application/x-x509-ca-cert', 'PEM\n'],
  )
  pem = undefined
  const none = await fetch(served.url)
  assert.equal(none.status, 404)
  assert.match(await none.text(), /no CA of its own; it serves no HTTPS/)
})
