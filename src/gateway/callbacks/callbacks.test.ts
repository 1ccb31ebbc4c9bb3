import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PeerRequest } from '../../client/peer-requests.ts'
import { Cancellation } from '../../protocol/cancellation.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { RpcError } from '../../protocol/jsonrpc.ts'
import { META, type Result } from '../../protocol/mcp.ts'
import type { CallTrace, ConsentedCall, Inbound, Slot } from '../call/call.ts'
import { Memory } from '../call/memory.ts'
import { createCallbacks } from './callbacks.ts'

const MIB = 1024 * 1024
const done = (text: string): Result => ({ resultType: 'complete', content: [{ type: 'text', text }] })
const question = (message: string): Result => ({
  resultType: 'input_required',
  requestState: `state of ${message}`,
  inputRequests: {
    consent: {
      method: 'elicitation/create',
      params: { message, requestedSchema: { type: 'object', properties: { allow: { type: 'string' } } } },
    },
  },
})
const AGENT = { service_name: 'agent', calls: ['fs.*'] } as unknown as Descriptor

interface SetUp {
  /** What calls within give; asked anew with their answers. */
  run?(call: Inbound): Promise<Result> | Result
  waitMs?: number
  atOnce?: number
}

function setUp({ run = () => done('ran'), waitMs = 60_000, atOnce = 100 }: SetUp = {}) {
  const memory = new Memory({ perCallerBytes: 64 * MIB, inAllBytes: 128 * MIB })
  const made: Inbound[] = []
  const deciding = new Map<string, () => void>()
  const ended: ConsentedCall[] = []
  const callbacks = createCallbacks({
    memory,
    waitMs,
    atOnce,
    answers: { ended: (call) => void ended.push(call as ConsentedCall) },
    run: async (call) => {
      made.push(call)
      return run(call)
    },
    onDecided: (ticket, listener) => {
      deciding.set(ticket, listener)
      return () => void deciding.delete(ticket)
    },
  })
  const slot = { suspended: 0, suspend: () => void slot.suspended++, resume: () => void slot.suspended-- }
  const request = (fields: object = {}): ConsentedCall & { cancellation: Cancellation } => {
    const cancellation = new Cancellation()
    return {
      method: 'tools/call',
      params: { name: 'agent_run', arguments: { a: 1 } },
      cancellation,
      principal: { id: 'token:1', user: 'ada' },
      client: { capabilities: { elicitation: {} }, info: { name: 'c', version: '1' }, logLevel: undefined },
      resolved: { target: { descriptor: AGENT, name: 'run' } },
      deadline: performance.now() + 300_000,
      slot: slot as Slot,
      notify: () => undefined,
      ...fields,
    } as unknown as ConsentedCall & { cancellation: Cancellation }
  }
  const ask = (method: string, params: object, cancellation = new Cancellation()): PeerRequest => ({
    method,
    params: params as PeerRequest['params'],
    cancellation,
    notify: () => undefined,
  })
  const trace: CallTrace = {}
  /** A call whose handler does so. */
  const call = (given: ConsentedCall, handler: (call: ConsentedCall) => Promise<Result>) =>
    callbacks.follow(given, trace, handler) as Promise<Result>
  const callTool = (call: ConsentedCall, name = 'fs_delete_file', args: object = {}, stop?: Cancellation) =>
    callbacks.within(call, trace).answer(ask('gateway/callTool', { name, arguments: args }, stop))
  return { callbacks, memory, made, deciding, ended, slot, request, call, callTool, ask, trace }
}

const answered = (call: Inbound) => (call.params.inputResponses as { consent?: object } | undefined)?.consent
const asks = (call: Inbound) =>
  answered(call) ? done(JSON.stringify(answered(call))) : question(String(call.params.name))
const ACCEPT = { action: 'accept', content: { allow: 'this call only' } }
const textOf = (result: Result) => (result.content as { text: string }[])[0]?.text

test('a call within is one of the outer call’s caller, and says within which it was made', async () => {
  const { call, callTool, request, made, trace } = setUp()
  const outer = request({ session: 's', transport: 'unix' })
  assert.equal(textOf(await call(outer, (own) => callTool(own, 'fs_read', { path: '/a' }))), 'ran')
  const [inner] = made as [Inbound]
  assert.deepEqual(
    [inner.principal, inner.session, inner.transport, inner.server, inner.method, inner.params],
    [outer.principal, 's', 'unix', undefined, 'tools/call', { name: 'fs_read', arguments: { path: '/a' } }],
  )
  assert.deepEqual(
    [inner.within?.depth, inner.within?.chain, inner.within?.parent],
    [1, ['agent_run'], trace.id],
  )
})

test('calls of a server that calls no other take the way of every call, and are held nowhere', async () => {
  const { callbacks, request, memory } = setUp()
  const outer = request({ resolved: { target: { descriptor: { service_name: 'time' }, name: 'now' } } })
  const result = done('now')
  assert.equal(
    callbacks.follow(outer, {}, (given) => {
      assert.equal(given, outer)
      return result
    }),
    result,
  )
  assert.equal(memory.used, 0)
})

test('a request for what does not exist is refused with what does', async () => {
  const { call, callbacks, request, ask } = setUp()
  const work = call(request(), (own) => callbacks.within(own, {}).answer(ask('gateway/steal', {})))
  await assert.rejects(work, /can't ask for "gateway\/steal"; it can for gateway\/callTool, /)
})

test('a question within answers the client’s request, and its repetition is joined to the same call', async () => {
  const { call, callTool, request, memory, made, slot } = setUp({ run: asks })
  let runs = 0
  const handler = async (own: ConsentedCall) => {
    runs++
    return callTool(own)
  }
  const asked = await call(request(), handler)
  assert.equal(asked.resultType, 'input_required')
  assert.deepEqual(Object.keys(asked.inputRequests as object), ['consent'])
  assert.ok(memory.byKind.consent > 0)
  assert.equal(slot.suspended, 1)
  const back = { inputResponses: { consent: ACCEPT }, requestState: asked.requestState }
  const repeated = request({ params: { name: 'agent_run', arguments: { a: 1 }, ...back } })
  assert.deepEqual(JSON.parse(textOf(await call(repeated, handler)) ?? ''), ACCEPT)
  assert.deepEqual([runs, made.length, slot.suspended, memory.used], [1, 2, 0, 0])
  assert.equal(made[1]?.params.requestState, 'state of fs_delete_file')
  await assert.rejects(async () => call(repeated, handler), /not valid here, or no longer/)
})

test('a state is for one caller and one call', async () => {
  const { call, callTool, request } = setUp({ run: asks })
  const { requestState } = await call(request(), (own) => callTool(own))
  const params = { name: 'agent_run', arguments: { a: 1 }, requestState }
  for (const other of [
    request({ params, principal: { id: 'token:2', user: 'ada' } }),
    request({ params, client: { capabilities: {}, info: { name: 'another', version: '1' } } }),
    request({ params: { ...params, arguments: { a: 2 } } }),
    request({ params: { ...params, requestState: `${requestState}x` } }),
  ])
    await assert.rejects(async () => call(other, () => assert.fail('nothing runs')), {
      code: -32602,
      message: /not valid here/,
    })
})

test('questions of one turn are one form, of which each part has its own answer', async () => {
  const { call, callTool, request } = setUp({ run: asks })
  const handler = async (own: ConsentedCall) => {
    const results = await Promise.all(['fs_a', 'fs_b', 'fs_c'].map((name) => callTool(own, name)))
    return done(results.map(textOf).join())
  }
  const asked = await call(request(), handler)
  const [[key, form]] = Object.entries(asked.inputRequests as object) as [[string, { params: never }]]
  const { message, requestedSchema } = form.params as {
    message: string
    requestedSchema: { properties: object }
  }
  assert.equal(
    message,
    '1. fs_a\n\n2. fs_b\n\n3. fs_c'.replaceAll(/fs_(.)/g, 'agent_run → fs_$1 asks:\nfs_$1'),
  )
  assert.deepEqual(Object.keys(requestedSchema.properties), ['1_allow', '2_allow', '3_allow'])
  const content = { '1_allow': 'yes', '2_allow': 'no' }
  const inputResponses = { [key]: { action: 'accept', content } }
  const params = { name: 'agent_run', arguments: { a: 1 }, requestState: asked.requestState, inputResponses }
  const told = `[${textOf(await call(request({ params }), handler))}]`
  assert.deepEqual(
    JSON.parse(told).map(({ content }: { content: object }) => content),
    [{ allow: 'yes' }, { allow: 'no' }, {}],
  )
})

test('a client that repeats a call without an answer is asked again', async () => {
  const { call, callTool, request } = setUp({ run: asks })
  const handler = (own: ConsentedCall) => callTool(own)
  const asked = await call(request(), handler)
  for (const inputResponses of [undefined, {}, { other: ACCEPT }, 'odd', { consent: 'odd' }]) {
    const params = {
      name: 'agent_run',
      arguments: { a: 1 },
      requestState: asked.requestState,
      inputResponses,
    }
    assert.equal((await call(request({ params }), handler)).resultType, 'input_required')
  }
})

test('a question without an answer in time is a no, and a client that stays away loses its call', async () => {
  const { call, callTool, request, memory, callbacks } = setUp({ run: asks, waitMs: 20 })
  const ended = Promise.withResolvers<unknown>()
  const asked = await call(request(), async (own) => {
    own.cancellation?.tell({ cancelled: ended.resolve })
    return callTool(own)
  })
  assert.match(((await ended.promise) as Error).message, /did not answer in time|has ended/)
  while (memory.used > 0) await nextTurn()
  assert.equal(
    callbacks.onDecided(asked._meta?.[META.held] as string, () => {}),
    undefined,
  )

  const mute = setUp({
    run: () => ({ ...done('unasked'), isError: true, _meta: { [META.ticket]: 't' } }),
    waitMs: 20,
  })
  const late = await mute.call(mute.request(), (own) => mute.callTool(own))
  assert.equal(late.isError, true)
  assert.match(textOf(late) ?? '', /Not done: agent_run → fs_delete_file\..* there was no answer/)
  assert.equal(mute.slot.suspended, 0)
})

test('a call whose client can’t be asked waits, without the time counting, until the owner decides', async () => {
  let decided = false
  const run = () =>
    decided ? done('made') : { ...done('unasked'), isError: true, _meta: { [META.ticket]: 't' } }
  const { call, callTool, request, deciding, slot } = setUp({ run })
  const outer = request()
  let own: ConsentedCall | undefined
  const work = call(outer, (given) => {
    own = given
    return callTool(given)
  })
  while (!deciding.has('t')) await nextTurn()
  assert.equal(slot.suspended, 1)
  assert.ok((own?.deadline ?? 0) >= outer.deadline + 59_000)
  decided = true
  deciding.get('t')?.()
  assert.equal(textOf(await work), 'made')
  assert.ok((own?.deadline ?? 0) < outer.deadline + 10_000)
  assert.equal(slot.suspended, 0)
})

test('a caller who may do nothing any longer loses what waits for its client', async () => {
  const { call, callTool, request, callbacks, memory } = setUp({ run: asks })
  const ended = Promise.withResolvers<unknown>()
  const asked = await call(request(), async (own) => {
    own.cancellation?.tell({ cancelled: ended.resolve })
    return callTool(own)
  })
  callbacks.endOf('token:2')
  assert.ok(callbacks.onDecided(asked._meta?.[META.held] as string, () => {}))
  callbacks.endOf('token:1')
  assert.match(((await ended.promise) as Error).message, /may do nothing any longer/)
  while (memory.used > 0) await nextTurn()
})

test('a client that cancels while it works on it ends all of it', async () => {
  const { call, callTool, request, made } = setUp({ run: () => new Promise(() => {}) })
  const outer = request()
  const work = call(outer, async (own) => {
    const stop = new Cancellation()
    own.cancellation?.tell({ cancelled: (reason) => stop.abort(reason) })
    void callTool(own, 'fs_slow', {}, stop).catch(() => {})
    return new Promise((_, reject) => own.cancellation?.tell({ cancelled: reject }))
  })
  while (made.length === 0) await nextTurn()
  outer.cancellation.abort(new Error('gone'))
  await assert.rejects(work, /gone/)
  assert.ok(made[0]?.cancellation?.aborted)
})

test('calls that wait for their clients are bounded, a fifth of them one token’s', async () => {
  const { call, callTool, request, memory } = setUp({ run: asks, atOnce: 10 })
  const one = (n: number, id = 'token:1') =>
    call(
      request({ params: { name: 'agent_run', arguments: { n } }, principal: { id, user: 'ada' } }),
      (own) => callTool(own),
    )
  for (const n of [1, 2]) assert.equal((await one(n)).resultType, 'input_required')
  const before = memory.used
  await assert.rejects(
    one(3),
    (error: RpcError) => (error.data as { limit: string }).limit === 'consent.waitingAtOnce',
  )
  await nextTurn()
  assert.equal(memory.used, before)
  assert.equal((await one(3, 'token:2')).resultType, 'input_required')
})

test('calls go four deep, and 1 000 of them are made within one', async () => {
  const { call, callbacks, callTool, request } = setUp()
  await call(request(), async (own) => {
    for (let n = 0; n < 1000; n++) await callTool(own)
    await assert.rejects(
      callTool(own),
      (error: RpcError) => (error.data as { limit: string }).limit === 'calls.within',
    )
    return done('ended')
  })
  const outer = request()
  await call(outer, async (own) => {
    let inner = own
    const run = async (given: Inbound) => {
      inner = { ...outer, within: given.within } as ConsentedCall
      return done('deeper')
    }
    const deep = setUp({ run })
    for (let depth = 1; depth <= 4; depth++) await deep.callTool(inner)
    await assert.rejects(deep.callTool(inner), /go 4 deep at most \(calls\.depth\)/)
    return done('ended')
  })
  assert.equal(typeof callbacks.leave, 'function')
})
