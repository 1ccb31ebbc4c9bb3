import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../protocol/descriptor.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { METHOD } from '../protocol/mcp.ts'
import type { Inbound, Principal } from './call/call.ts'
import type { Hearer } from './state/events.ts'
import type { Entry } from './state/wakes.ts'
import { createWaking, type WakingOptions } from './waking.ts'

const clock = { service_name: 'clock', wakes: true, hears: ['mail.new'] } as unknown as Descriptor
const rights = { capabilities: ['clock.set'], chosenAs: 'clock_at' }
const entry = { user: 'ada', server: 'clock', key: 'a', onBehalfOf: 'token:a1', rights } as unknown as Entry
const hearer = {
  user: 'ada',
  server: 'clock',
  event: 'mail.new',
  onBehalfOf: 'token:a1',
  rights,
} as unknown as Hearer
const ada = { id: 'token:a1', user: 'ada' } as Principal

/** What becomes of an entry, and the calls that were made for it. */
async function outcomeOf(of: Entry | Hearer, given: Partial<WakingOptions> = {}) {
  const made: Inbound[] = []
  const call = createWaking({
    auth: { principalOf: () => ada },
    servers: () => [clock],
    problems: () => new Map(),
    run: async (inbound) => {
      made.push(inbound)
      return { resultType: 'complete' }
    },
    ...given,
  })
  return { outcome: await call(of, 'event' in of ? METHOD.heard : METHOD.woken, {}), made }
}
const failing = (error: RpcError) => ({ run: () => Promise.reject(error) })

test('an entry becomes a call of its principal, that needs what the call needed which registered it', async () => {
  const { outcome, made } = await outcomeOf(entry)
  assert.deepEqual(outcome, { kind: 'done' })
  const [{ principal, method, registered, client } = {} as Inbound] = made
  assert.equal(principal, ada)
  assert.equal(method, 'server/woken')
  assert.deepEqual(registered, { descriptor: clock, rights })
  assert.deepEqual(client.capabilities, {})
})

test('a token that has ended and a user who has gone end it, each in a sentence', async () => {
  const auth = {
    principalOf: () => {
      throw new RpcError('UNAUTHENTICATED', 'no')
    },
  }
  const token = await outcomeOf(entry, { auth })
  assert.deepEqual(token.outcome, {
    kind: 'ended',
    problem: 'The token that this was on behalf of was revoked or has expired.',
  })
  const user = await outcomeOf({ ...entry, onBehalfOf: 'uid:1000' }, { auth })
  assert.match(JSON.stringify(user.outcome), /user .* has no account here any longer/)
  assert.deepEqual([...token.made, ...user.made], [])
})

test('a number that belongs to another user by now makes no call as that one', async () => {
  const auth = { principalOf: () => ({ ...ada, user: 'bob' }) as Principal }
  const { outcome, made } = await outcomeOf({ ...entry, onBehalfOf: 'uid:1000' }, { auth })
  assert.equal(outcome.kind, 'ended')
  assert.deepEqual(made, [])
})

test('a removed server ends it; one whose descriptor is broken for now does not', async () => {
  const removed = await outcomeOf(entry, { servers: () => [] })
  assert.deepEqual(removed.outcome, { kind: 'ended', problem: 'The server "clock" was removed.' })
  const problems = () => new Map([['/caps/clock.cap.json', 'it is not a JSON object']])
  const broken = await outcomeOf(entry, { servers: () => [], problems })
  assert.deepEqual(broken.outcome, {
    kind: 'failed',
    problem: "Its descriptor can't be used: it is not a JSON object.",
  })
})

test('a server that takes it no longer ends it', async () => {
  const servers = () => [{ ...clock, wakes: false, hears: [] } as Descriptor]
  for (const one of [entry, hearer]) assert.equal((await outcomeOf(one, { servers })).outcome.kind, 'ended')
})

test('a token whose choice of tools has the event no longer is given none', async () => {
  const tools = { patterns: ['clock_*'], has: (name: string) => name.startsWith('clock_') }
  const auth = { principalOf: () => ({ ...ada, tools }) as Principal }
  assert.equal((await outcomeOf(entry, { auth })).outcome.kind, 'done')
  const { outcome, made } = await outcomeOf(hearer, { auth })
  assert.deepEqual(outcome, { kind: 'failed', problem: 'Its token may not hear "mail.new".' })
  assert.deepEqual(made, [])
})

test('rights that were taken and servers that fail are failures; too many calls are none', async () => {
  const forbidden = new RpcError('FORBIDDEN', 'The tier FREE does not include "clock.set".')
  assert.deepEqual((await outcomeOf(entry, failing(forbidden))).outcome, {
    kind: 'failed',
    problem: 'The tier FREE does not include "clock.set".',
  })
  for (const limit of ['calls.atOnce', 'calls.atOncePerCaller']) {
    const busy = new RpcError('RATE_LIMITED', 'too many', { data: { limit } })
    assert.deepEqual((await outcomeOf(entry, failing(busy))).outcome, { kind: 'busy' })
  }
})
