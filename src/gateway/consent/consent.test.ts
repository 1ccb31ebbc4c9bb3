import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { InputRequiredResult, Result } from '../../protocol/mcp.ts'
import type { AdmittedCall, ConsentedCall, Subject } from '../call.ts'
import { type ConsentOptions, createConsent, type Verdict } from './consent.ts'

const ELICITATION = { elicitation: {} }
const FORBIDDEN = { code: -32002 }
const NOT_VALID = { code: -32602 }

interface Given {
  caller?: string
  method?: string
  params?: Record<string, unknown>
  capabilities?: object
  subject?: Partial<Subject>
  signal?: AbortSignal
}

/** A call as it comes from limits/, with what consent/ looks at. */
function call(given: Given = {}): AdmittedCall {
  const caller = given.caller ?? 'token:1'
  return {
    principal: { id: caller, name: caller },
    method: given.method ?? 'tools/call',
    params: { name: 'fs_delete_file', arguments: { path: '/a' }, ...given.params },
    client: { capabilities: given.capabilities ?? ELICITATION, info: { name: 'Client', version: '1' } },
    signal: given.signal ?? new AbortController().signal,
    subject: {
      descriptor: { service_name: 'fs' } as Descriptor,
      name: 'delete_file',
      capability: 'fs.delete',
      destructive: true,
      untrusted: undefined,
      ...given.subject,
    },
  } as unknown as AdmittedCall
}

const consentOf = (options: Partial<ConsentOptions> = {}) =>
  createConsent({
    ask: true,
    trustedTools: [],
    waitMs: 60_000,
    waitingAtOnce: 2,
    onWaiting: () => {},
    ...options,
  })

const DONE: Result = { resultType: 'complete', content: [] }
const yes = (allow?: string) => ({
  consent: { action: 'accept', content: allow === undefined ? {} : { allow } },
})
const isGo = (verdict: Verdict): verdict is { call: ConsentedCall } => 'call' in verdict
function asked(verdict: Verdict): InputRequiredResult {
  assert.ok('answer' in verdict)
  assert.equal(verdict.answer.resultType, 'input_required')
  return verdict.answer as InputRequiredResult
}
const messageOf = (result: InputRequiredResult) =>
  (result.inputRequests?.consent?.params as { message: string } | undefined)?.message ?? ''

test('what destroys nothing, is trusted or need not be asked about goes on at once', async () => {
  assert.ok(isGo(await consentOf().obtain(call({ subject: { destructive: false } }))))
  assert.ok(isGo(await consentOf({ trustedTools: ['fs_delete_file'] }).obtain(call())))
  assert.ok(isGo(await consentOf({ ask: false }).obtain(call())))
})

test('the question names the client, the tool and its arguments, and hides nothing in them', async () => {
  const path = `/a\u202e\u200b\u0007${'x'.repeat(2000)}`
  const message = messageOf(asked(await consentOf().obtain(call({ params: { arguments: { path } } }))))
  assert.match(message, /"Client" asks to run fs_delete_file/)
  assert.match(message, /\/a/)
  for (const hidden of ['\u202e', '\u200b']) assert.ok(!message.includes(hidden))
  assert.ok(message.length < 1000)
})

test('a yes lets the call go on, without what only the question needed', async () => {
  const consent = consentOf()
  const { requestState } = asked(await consent.obtain(call()))
  const verdict = await consent.obtain(call({ params: { requestState, inputResponses: yes() } }))
  assert.ok(isGo(verdict))
  assert.deepEqual(verdict.call.params, { name: 'fs_delete_file', arguments: { path: '/a' } })
})

test('anything but a yes is a no', async () => {
  for (const inputResponses of [
    undefined,
    {},
    { consent: { action: 'decline' } },
    { consent: { action: 'cancel' } },
    { consent: { action: 'accept', content: { allow: 'whatever' } } },
    { consent: 'accept' },
    'accept',
  ]) {
    const consent = consentOf()
    const { requestState } = asked(await consent.obtain(call()))
    const verdict = await consent.obtain(call({ params: { requestState, inputResponses } }))
    assert.ok('answer' in verdict, JSON.stringify(inputResponses))
    assert.equal(verdict.answer.isError, true)
  }
})

test('an answer holds for one request of one caller, once, and not for ever', async () => {
  let now = 1000
  const consent = consentOf({ now: () => now })
  const stateOf = async () => asked(await consent.obtain(call())).requestState as string
  const inputResponses = yes()
  const refused = (given: Given) => assert.throws(() => consent.obtain(call(given)), NOT_VALID)

  const used = await stateOf()
  assert.ok(isGo(await consent.obtain(call({ params: { requestState: used, inputResponses } }))))
  refused({ params: { requestState: used, inputResponses } })
  refused({ params: { requestState: await stateOf(), inputResponses, arguments: { path: '/b' } } })
  refused({ caller: 'token:2', params: { requestState: await stateOf(), inputResponses } })
  const state = await stateOf()
  refused({ params: { requestState: `${state}x`, inputResponses } })
  refused({ params: { requestState: 'consent.e30.e30', inputResponses } })
  refused({ params: { requestState: 'consent.', inputResponses } })
  now += 11 * 60_000
  refused({ params: { requestState: state, inputResponses } })
})

test('a state of another making is no consent', async () => {
  asked(await consentOf().obtain(call({ params: { requestState: 'a server’s own', inputResponses: yes() } })))
})

test('"for an hour" is for this caller and this tool, and for an hour', async () => {
  let now = 1000
  const consent = consentOf({ now: () => now })
  const { requestState } = asked(await consent.obtain(call()))
  const inputResponses = yes('this tool for an hour')
  assert.ok(isGo(await consent.obtain(call({ params: { requestState, inputResponses } }))))
  assert.ok(isGo(await consent.obtain(call({ params: { arguments: { path: '/other' } } }))))
  asked(await consent.obtain(call({ caller: 'token:2' })))
  asked(await consent.obtain(call({ subject: { name: 'write_file' } })))
  now += 61 * 60_000
  asked(await consent.obtain(call()))
})

test('a question of the server after the consent carries it along', async () => {
  const consent = consentOf()
  const first = asked(await consent.obtain(call()))
  const agreed = await consent.obtain(
    call({ params: { requestState: first.requestState, inputResponses: yes() } }),
  )
  assert.ok(isGo(agreed))
  const question = { resultType: 'input_required', inputRequests: {}, requestState: 'inner' }
  const second = consent.finish(agreed.call, question) as InputRequiredResult
  assert.notEqual(second.requestState, 'inner')
  const params = { requestState: second.requestState, inputResponses: { theirs: {} } }
  const verdict = await consent.obtain(call({ params }))
  assert.ok(isGo(verdict))
  assert.equal(verdict.call.params.requestState, 'inner')
  assert.deepEqual(verdict.call.params.inputResponses, { theirs: {} })
  assert.throws(() => consent.obtain(call({ params })), NOT_VALID)
})

test('who read what others wrote is asked with a warning, and others are not', async () => {
  const consent = consentOf()
  const read = await consent.obtain(
    call({ subject: { name: 'read_text_file', destructive: false, untrusted: 'file' } }),
  )
  assert.ok(isGo(read))
  consent.finish(read.call, DONE)
  assert.match(messageOf(asked(await consent.obtain(call()))), /fs_read_text_file/)
  assert.doesNotMatch(messageOf(asked(await consent.obtain(call({ caller: 'token:2' })))), /read_text_file/)
})

test('a client that can’t be asked waits, until it is allowed or denied', async () => {
  const consent = consentOf()
  const silent = { capabilities: {} }
  const allowed = consent.obtain(call(silent))
  const denied = consent.obtain(call({ ...silent, caller: 'token:2' }))
  const [one, two] = consent.waiting()
  assert.ok(one && two)
  assert.equal(one.tool, 'fs_delete_file')
  consent.decide(one.id, true)
  consent.decide(two.id, false)
  assert.ok(isGo(await allowed))
  const verdict = await denied
  assert.ok('answer' in verdict && verdict.answer.isError)
  assert.deepEqual(consent.waiting(), [])
})

test('a client that can only be sent to pages waits too, and so does an older method', async () => {
  const consent = consentOf()
  const gone = new AbortController()
  const urlOnly = { elicitation: { url: {} } }
  const waiting = [
    consent.obtain(call({ capabilities: urlOnly, signal: gone.signal })),
    consent.obtain(call({ method: 'mcp.fs.delete', capabilities: {}, signal: gone.signal })),
  ] as Promise<Verdict>[]
  assert.equal(consent.waiting().length, 2)
  gone.abort(new Error('gone'))
  for (const one of waiting) await assert.rejects(one, /gone/)
})

test('an approval for a call that is gone says so', async () => {
  const consent = consentOf()
  const gone = new AbortController()
  const waiting = consent.obtain(call({ capabilities: {}, signal: gone.signal })) as Promise<Verdict>
  const id = consent.waiting()[0]?.id as string
  gone.abort(new Error('gone'))
  await assert.rejects(waiting, /gone/)
  assert.throws(() => consent.decide(id, true), /No call .* is waiting/)
})

test('nobody’s answer is a no, and an older client gets it as an error', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const consent = consentOf()
  const silent = { capabilities: {} }
  const tool = consent.obtain(call(silent))
  const method = consent.obtain(call({ ...silent, method: 'mcp.fs.delete' })) as Promise<Verdict>
  t.mock.timers.tick(60_000)
  const verdict = await tool
  assert.ok('answer' in verdict && verdict.answer.isError)
  await assert.rejects(method, FORBIDDEN)
})

test('no more than so many may wait, and who is refused reads which limit it was', async () => {
  const consent = consentOf()
  const gone = new AbortController()
  const silent = { capabilities: {}, signal: gone.signal }
  const waiting = [consent.obtain(call(silent)), consent.obtain(call(silent))] as Promise<Verdict>[]
  await assert.rejects(
    consent.obtain(call(silent)) as Promise<Verdict>,
    (error: { code: number; data: object }) => {
      assert.equal(error.code, -32001)
      assert.deepEqual(error.data, { limit: 'consent.waitingAtOnce', retryAfterMs: 60_000 })
      return true
    },
  )
  gone.abort(new Error('gone'))
  await Promise.allSettled(waiting)
})
