import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { InputRequiredResult, Result } from '../../protocol/mcp.ts'
import type { AdmittedCall, ConsentedCall, Target } from '../call/call.ts'
import { Memory } from '../call/memory.ts'
import { type ConsentOptions, createConsent, type Verdict } from './consent.ts'

const ELICITATION = { elicitation: {} }
const FORBIDDEN = { code: -32002 }
const NOT_VALID = { code: -32602 }

interface Given {
  caller?: string
  method?: string
  params?: Record<string, unknown>
  capabilities?: object
  client?: string
  target?: Partial<Target>
  trusts?: string
  /** Tools that showed a model what others wrote, before it asked for this. */
  read?: readonly string[]
}

/** A call as it comes from limits/, with what consent/ looks at. */
function call(given: Given = {}): AdmittedCall {
  const caller = given.caller ?? 'token:1'
  return {
    principal: {
      id: caller,
      name: caller,
      user: 'ada',
      trusts: given.trusts && ((capability: string) => capability === given.trusts),
    },
    method: given.method ?? 'tools/call',
    within: given.read && { chain: ['llm_chat'], read: given.read },
    params: { name: 'fs_delete_file', arguments: { path: '/a' }, ...given.params },
    client: {
      capabilities: given.capabilities ?? ELICITATION,
      info: { name: given.client ?? 'Client', version: '1' },
    },
    resolved: {
      target: {
        descriptor: { service_name: 'fs' } as Descriptor,
        item: { inputSchema: { properties: { path: {}, content: {}, lines: {} } }, stake: ['path'] } as never,
        name: 'delete_file',
        capability: 'fs.delete',
        destructive: true,
        reachesOut: false,
        asksItself: false,
        untrusted: undefined,
        ...given.target,
      },
    },
  } as unknown as AdmittedCall
}

const MIB = 1024 * 1024
const memoryOf = (perCallerMiB = 16) =>
  new Memory({ perCallerBytes: perCallerMiB * MIB, inAllBytes: 64 * MIB })
const consentOf = (options: Partial<ConsentOptions> = {}) =>
  createConsent({
    memory: memoryOf(),
    ask: true,
    trustedTools: [],
    waitMs: 60_000,
    waitingAtOnce: 10,
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

/** A machine whose clock is never set. */
const at = (now: () => number) => ({ wall: now, monotonic: now })

test('what destroys nothing, is trusted or need not be asked about goes on at once', async () => {
  assert.ok(isGo(consentOf().obtain(call({ target: { destructive: false } }))))
  assert.ok(isGo(consentOf({ trustedTools: ['fs_delete_file'] }).obtain(call())))
  assert.ok(isGo(consentOf({ ask: false }).obtain(call())))
  assert.ok(isGo(consentOf().obtain(call({ trusts: 'fs.delete' }))))
  asked(consentOf().obtain(call({ trusts: 'fs.write' })))
})

const READ = ['fs_read_text_file', 'mail_get_email']

test('a model that read what others wrote is asked about each time, and the question names what it read with', () => {
  const consent = consentOf({ trustedTools: ['fs_delete_file'] })
  const result = asked(consent.obtain(call({ read: READ, trusts: 'fs.delete' })))
  assert.match(messageOf(result), /read text of others \(fs_read_text_file, mail_get_email\)/)
  const { requestedSchema } = (result.inputRequests?.consent?.params ?? {}) as {
    requestedSchema?: { properties: { allow: { enum: string[] } } }
  }
  assert.deepEqual(requestedSchema?.properties.allow.enum, ['this call only', 'no'])
  const params = { requestState: result.requestState, inputResponses: yes('this tool for an hour') }
  assert.ok('answer' in consent.obtain(call({ read: READ, params })))
  asked(consent.obtain(call({ read: READ })))
})

test('and about what reaches out though it destroys nothing, which is else not asked about', () => {
  const target = { destructive: false, reachesOut: true }
  const consent = consentOf()
  assert.ok(isGo(consent.obtain(call({ target }))))
  assert.match(
    messageOf(asked(consent.obtain(call({ target, read: READ })))),
    /can reach what is not on this machine/,
  )
  assert.ok(isGo(consent.obtain(call({ target: { destructive: false }, read: READ }))))
})

test('an agreement before something was read is none after it', () => {
  const consent = consentOf()
  const { requestState } = asked(consent.obtain(call({ read: ['fs_read_text_file'] })))
  const params = { requestState, inputResponses: yes() }
  assert.throws(() => consent.obtain(call({ read: READ, params })), NOT_VALID)
  assert.ok(isGo(consent.obtain(call({ read: ['fs_read_text_file'], params }))))
})

test('the question names the client, the tool and its arguments, and hides nothing in them', async () => {
  const path = `/a\u202e\u200b\u0007${'x'.repeat(2000)}`
  const message = messageOf(asked(consentOf().obtain(call({ params: { arguments: { path } } }))))
  assert.match(message, /^"token:1" \("Client"\) asks to run fs_delete_file/)
  assert.match(message, /\/a/)
  for (const hidden of ['\u202e', '\u200b']) assert.ok(!message.includes(hidden))
  assert.ok(message.length < 1000)
})

test('a long argument does not push the others out of sight', () => {
  const args = { content: 'x'.repeat(5000), lines: ['y'.repeat(5000)], path: '/important' }
  const message = messageOf(asked(consentOf().obtain(call({ params: { arguments: args } }))))
  assert.equal(message.split('\n')[1], 'path: "/important"')
  assert.ok(message.length < 1000)
})

test('a client’s name is a name, and no longer than one', () => {
  const message = messageOf(asked(consentOf().obtain(call({ client: `a\nb${'x'.repeat(1e6)}` }))))
  assert.ok(message.length < 400)
  assert.match(message, /^"token:1" \("a\\u\{a\}bx+" … "x+" \(\d+ characters left out\)\) asks/)
  const odd = { client: { name: 'x' } as unknown as string }
  assert.match(messageOf(asked(consentOf().obtain(call(odd)))), /^"token:1" asks/)
})

test('a yes lets the call go on, without what only the question needed', async () => {
  const consent = consentOf()
  const { requestState } = asked(consent.obtain(call()))
  const verdict = consent.obtain(call({ params: { requestState, inputResponses: yes() } }))
  assert.ok(isGo(verdict))
  assert.deepEqual(verdict.call.params, { name: 'fs_delete_file', arguments: { path: '/a' } })
})

test('anything but a yes is a no', async () => {
  for (const inputResponses of [
    undefined,
    {},
    { consent: { action: 'decline' } },
    { consent: { action: 'accept', content: { allow: 'whatever' } } },
    { consent: 'accept' },
    'accept',
  ]) {
    const consent = consentOf()
    const { requestState } = asked(consent.obtain(call()))
    const verdict = consent.obtain(call({ params: { requestState, inputResponses } }))
    assert.ok('answer' in verdict, JSON.stringify(inputResponses))
    assert.equal(verdict.answer.isError, true)
  }
})

test('an answer holds for one request of one client, once, and not for ever', async () => {
  let now = 1000
  const consent = consentOf({ clocks: at(() => now) })
  const stateOf = async () => asked(consent.obtain(call())).requestState as string
  const inputResponses = yes()
  const refused = (given: Given) => assert.throws(() => consent.obtain(call(given)), NOT_VALID)

  const used = await stateOf()
  assert.ok(isGo(consent.obtain(call({ params: { requestState: used, inputResponses } }))))
  refused({ params: { requestState: used, inputResponses } })
  refused({ params: { requestState: await stateOf(), inputResponses, arguments: { path: '/b' } } })
  refused({ caller: 'token:2', params: { requestState: await stateOf(), inputResponses } })
  refused({ client: 'Other', params: { requestState: await stateOf(), inputResponses } })
  const state = await stateOf()
  refused({ params: { requestState: `${state}x`, inputResponses } })
  refused({ params: { requestState: 'consent.e30.e30', inputResponses } })
  refused({ params: { requestState: 'consent.', inputResponses } })
  now += 11 * 60_000
  refused({ params: { requestState: state, inputResponses } })
})

test('a state of another making is no consent', async () => {
  asked(consentOf().obtain(call({ params: { requestState: 'a server’s own', inputResponses: yes() } })))
})

test('"for an hour" is for this client of this token and this tool, and for an hour', async () => {
  let now = 1000
  const consent = consentOf({ clocks: at(() => now) })
  const { requestState } = asked(consent.obtain(call()))
  const inputResponses = yes('this tool for an hour')
  assert.ok(isGo(consent.obtain(call({ params: { requestState, inputResponses } }))))
  assert.ok(isGo(consent.obtain(call({ params: { arguments: { path: '/other' } } }))))
  asked(consent.obtain(call({ caller: 'token:2' })))
  asked(consent.obtain(call({ client: 'Other' })))
  asked(consent.obtain(call({ target: { name: 'write_file' } })))
  now += 61 * 60_000
  asked(consent.obtain(call()))
})

test('what was allowed for an hour, and what may be allowed, end in time where the clock is set back', async () => {
  let [wall, monotonic] = [1_000_000_000, 1000]
  const clocks = { wall: () => wall, monotonic: () => monotonic }
  const consent = consentOf({ clocks })
  const { requestState } = asked(consent.obtain(call()))
  consent.obtain(call({ params: { requestState, inputResponses: yes('this tool for an hour') } }))
  const other = asked(consent.obtain(call({ client: 'Other' })))
  wall -= 24 * 60 * 60_000
  monotonic += 61 * 60_000
  asked(consent.obtain(call()))
  assert.throws(
    () =>
      consent.obtain(
        call({ client: 'Other', params: { requestState: other.requestState, inputResponses: yes() } }),
      ),
    /not valid, or no longer/,
  )
})

test('a question of the server after the consent carries it along', async () => {
  const consent = consentOf()
  const first = asked(consent.obtain(call()))
  const agreed = consent.obtain(call({ params: { requestState: first.requestState, inputResponses: yes() } }))
  assert.ok(isGo(agreed))
  const question = { resultType: 'input_required', inputRequests: {}, requestState: 'inner' }
  const second = consent.finish(agreed.call, question) as InputRequiredResult
  assert.notEqual(second.requestState, 'inner')
  const params = { requestState: second.requestState, inputResponses: { theirs: {} } }
  const verdict = consent.obtain(call({ params }))
  assert.ok(isGo(verdict))
  assert.equal(verdict.call.params.requestState, 'inner')
  assert.deepEqual(verdict.call.params.inputResponses, { theirs: {} })
  assert.throws(() => consent.obtain(call({ params })), NOT_VALID)
})

test('a client that calls itself something else each time fills no memory', () => {
  const consent = consentOf()
  const inputResponses = yes('this tool for an hour')
  const allow = (client: string) => {
    const { requestState } = asked(consent.obtain(call({ client })))
    assert.ok(isGo(consent.obtain(call({ client, params: { requestState, inputResponses } }))))
  }
  for (let i = 0; i <= 1000; i++) allow(`client ${i}`)
  assert.ok(isGo(consent.obtain(call({ client: 'client 1000' }))))
  assert.ok(isGo(consent.obtain(call({ client: 'client 1' }))))
  asked(consent.obtain(call({ client: 'client 0' })))
})

test('a caller that read what others wrote is asked with a warning, and others are not', async () => {
  const consent = consentOf()
  const read = consent.obtain(
    call({ target: { name: 'read_text_file', destructive: false, untrusted: 'file' } }),
  )
  assert.ok(isGo(read))
  consent.finish(read.call, DONE)
  assert.match(messageOf(asked(consent.obtain(call()))), /fs_read_text_file/)
  assert.doesNotMatch(messageOf(asked(consent.obtain(call({ caller: 'token:2' })))), /read_text_file/)
})

const SILENT = { capabilities: {} }
const textOf = (verdict: Verdict | Result): string => {
  const answer = 'answer' in verdict ? (verdict.answer as Result) : (verdict as Result)
  assert.equal(answer.isError, true)
  return (answer.content as { text: string }[])[0]?.text ?? ''
}

test('a client that can’t be asked learns at once how to go on, and the same call is made once after it was allowed', () => {
  const consent = consentOf()
  const verdict = consent.obtain(call(SILENT))
  const [waiting, ...others] = consent.waiting()
  assert.ok(waiting && others.length === 0)
  assert.equal(waiting.tool, 'fs_delete_file')
  const text = textOf(verdict)
  for (const said of [`luca approve ${waiting.id}`, '--trust fs.delete', 'fs_delete_file', '60 seconds'])
    assert.ok(text.includes(said), said)
  assert.ok('answer' in verdict)
  assert.deepEqual(verdict.answer._meta, { 'io.llmbasedos/ticket': waiting.id })

  assert.equal(textOf(consent.obtain(call(SILENT))), text) // repeated too early: the same ticket
  consent.decide(waiting.id, true)
  assert.deepEqual(consent.waiting(), [])
  for (const other of [
    { caller: 'token:2' },
    { client: 'Other' },
    { params: { arguments: { path: '/b' } } },
    { method: 'mcp.fs.delete' },
  ]) {
    try {
      assert.ok('answer' in consent.obtain(call({ ...SILENT, ...other })), JSON.stringify(other))
    } catch (error) {
      assert.equal((error as { code: number }).code, FORBIDDEN.code)
    }
  }
  const repeated = call({ ...SILENT, params: { arguments: { path: '/a' }, _meta: { progressToken: 7 } } })
  assert.ok(isGo(consent.obtain(repeated)))
  assert.match(textOf(consent.obtain(call(SILENT))), /luca approve/)
})

test('a call that was denied is refused when it is repeated, and can still be allowed', () => {
  const consent = consentOf()
  consent.obtain(call(SILENT))
  const id = consent.waiting()[0]?.id as string
  consent.decide(id, false)
  assert.match(textOf(consent.obtain(call(SILENT))), /owner did not allow/)
  assert.deepEqual(consent.waiting(), [])
  consent.decide(id, true)
  assert.ok(isGo(consent.obtain(call(SILENT))))
  assert.throws(() => consent.decide(id, true), /No call .* is waiting/)
})

test('no answer is a no: what waits, and what was allowed, ends with its time', () => {
  let now = 1000
  const consent = consentOf({ clocks: at(() => now) })
  consent.obtain(call(SILENT))
  const id = consent.waiting()[0]?.id as string
  consent.decide(id, true)
  now += 60_000
  assert.match(textOf(consent.obtain(call(SILENT))), /luca approve/)
  assert.equal(consent.waiting().length, 1)
  now += 60_000
  assert.deepEqual(consent.waiting(), [])
  assert.throws(() => consent.decide(id, true), NOT_VALID)
})

test('one user decides only about their own calls', () => {
  const consent = consentOf()
  consent.obtain(call(SILENT))
  const id = consent.waiting()[0]?.id as string
  assert.throws(() => consent.decide(id, true, 'bob'), NOT_VALID)
  consent.decide(id, true, 'ada')
})

test('a client that can only be sent to pages can’t be asked, and a v1 method gets an error', () => {
  const consent = consentOf()
  assert.match(textOf(consent.obtain(call({ capabilities: { elicitation: { url: {} } } }))), /luca approve/)
  assert.throws(
    () => consent.obtain(call({ method: 'mcp.fs.delete', ...SILENT })),
    (error: { code: number; message: string; data: { ticket: string } }) => {
      assert.equal(error.code, FORBIDDEN.code)
      assert.match(error.message, /^Not done: mcp\.fs\.delete_file .*luca approve/)
      assert.ok(consent.waiting().some(({ id }) => id === error.data.ticket))
      return true
    },
  )
})

test('a question that was left open, or could not be relayed, waits for the owner', () => {
  const consent = consentOf()
  const { requestState } = asked(consent.obtain(call()))
  const inputResponses = { consent: { action: 'cancel' } }
  assert.match(textOf(consent.obtain(call({ params: { requestState, inputResponses } }))), /luca approve/)
  consent.decide(consent.waiting()[0]?.id as string, true)
  assert.ok(isGo(consent.obtain(call())))
  asked(consent.obtain(call()))
})

test('a tool is named as its caller calls it', () => {
  const at = (server: string | undefined) => Object.assign(call(SILENT), { server })
  assert.match(textOf(consentOf().obtain(at('fs'))), /^Not done: delete_file /)
  assert.match(textOf(consentOf().obtain(at(undefined))), /^Not done: fs_delete_file /)
})

test('no more than so many may wait, and one caller’s do not shut the others out', () => {
  const consent = consentOf({ waitingAtOnce: 10 })
  const delete_ = (caller: string, path: string) =>
    consent.obtain(call({ ...SILENT, caller, params: { arguments: { path } } }))
  for (let i = 0; i < 50; i++) delete_('token:1', `/${i}`)
  assert.deepEqual(
    consent.waiting().map((waiting) => waiting.arguments),
    ['path: "/48"', 'path: "/49"'],
  )
  for (let i = 2; i <= 5; i++) for (const path of ['/a', '/b']) delete_(`token:${i}`, path)
  // It is full, and a user with two gives one up for a user with none, as long as there is one.
  delete_('token:6', '/honest')
  for (let i = 7; i <= 10; i++) delete_(`token:${i}`, '/a')
  const paths = consent.waiting().map((waiting) => waiting.arguments)
  assert.deepEqual([paths.includes('path: "/honest"'), paths.length], [true, 10])
  assert.throws(
    () => delete_('token:11', '/a'),
    (error: { code: number; data: object }) => {
      assert.equal(error.code, -32001)
      assert.deepEqual(error.data, { limit: 'consent.waitingAtOnce', retryAfterMs: 60_000 })
      return true
    },
  )
})

test('many tokens of one user do not shut other users out, nor push out what was allowed', () => {
  const consent = consentOf({ waitingAtOnce: 10 })
  const ask = (user: string, caller: string, path: string) => {
    const asks = call({ ...SILENT, caller, params: { arguments: { path } } })
    return consent.obtain(Object.assign(asks, { principal: { ...asks.principal, user } }))
  }
  for (let i = 0; i < 10; i++) ask('mallory', `token:${i}`, `/${i}`)
  const [oldest] = consent.waiting()
  consent.decide(oldest?.id as string, true)
  ask('ada', 'token:a', '/a')
  const paths = consent.waiting().map((waiting) => waiting.arguments)
  assert.deepEqual([paths[0], paths.at(-1), paths.length], ['path: "/2"', 'path: "/a"', 9])
  assert.ok(isGo(ask('mallory', 'token:0', '/0')))
  ask('ada', 'token:a', '/b')
  assert.throws(() => ask('mallory', 'token:x', '/x'), { code: -32001 })
})

test('a server that asks itself is told where a person must agree to any change, and only there', () => {
  const guarded = (read?: readonly string[]) => {
    const verdict = consentOf().obtain(call({ ...ASKS_ITSELF, ...(read && { read }) }))
    assert.ok(isGo(verdict))
    return verdict.call.guarded
  }
  assert.equal(guarded(READ), true)
  assert.equal(guarded(), undefined)
})

const ASKS_ITSELF = { target: { name: 'write_file', asksItself: true, capability: 'fs.write' } }
const would = (state: string, extra: object = {}): Result => ({
  resultType: 'io.llmbasedos/consent_required',
  what: 'replace "/a" (3 bytes)',
  state,
  ...extra,
})
const tried = (verdict: Verdict): ConsentedCall => {
  assert.ok(isGo(verdict))
  return verdict.call
}

test('a later decision is shown what would be destroyed, and whose token the client has', () => {
  const consent = consentOf()
  const made = tried(consent.obtain(call({ ...SILENT, ...ASKS_ITSELF, client: 'luca' })))
  consent.finish(made, would('v1', { what: 'delete "/a"\u202e' }))
  assert.deepEqual(
    consent.waiting().map(({ who, what }) => [who, what]),
    [['"token:1" ("luca")', String.raw`delete "/a"\u{202e}`]],
  )
})

test('a server that asks itself is tried first, and its question is about what it would destroy', () => {
  const consent = consentOf()
  const first = tried(consent.obtain(call(ASKS_ITSELF)))
  assert.equal(first.agreed, undefined)
  assert.equal(consent.finish(first, DONE), DONE)
  const question = asked({ answer: consent.finish(first, would('v1', { requestState: 'inner' })) })
  assert.match(messageOf(question), /write_file, which would replace "\/a" \(3 bytes\)\.\n/)
  const { requestState } = question
  const again = tried(
    consent.obtain(call({ ...ASKS_ITSELF, params: { requestState, inputResponses: yes() } })),
  )
  assert.equal(again.agreed, 'v1')
  assert.equal(again.params.requestState, 'inner')
  // What it would destroy is another by now: that was not agreed to.
  const second = asked({ answer: consent.finish(again, would('v2')) })
  const params = { requestState: second.requestState, inputResponses: yes('this tool for an hour') }
  assert.equal(tried(consent.obtain(call({ ...ASKS_ITSELF, params }))).agreed, true)
  assert.equal(tried(consent.obtain(call(ASKS_ITSELF))).agreed, true)
})

test('a server that sends asks each time, and every line of what goes out is shown', () => {
  const consent = consentOf()
  const first = tried(consent.obtain(call(ASKS_ITSELF)))
  const text = `Dear Eva,\nyes to all.\u202e\n${'x'.repeat(300)}`
  const question = asked({ answer: consent.finish(first, would('v1', { text, eachTime: true })) })
  const shown = messageOf(question).split('\n')
  for (const line of ['> Dear Eva,', String.raw`> yes to all.\u{202e}`, `> ${'x'.repeat(300)}`])
    assert.ok(shown.includes(line), line)
  assert.deepEqual(allowed(question), ['this call only'])
  assert.deepEqual(
    consent.waiting().map((one) => one.text?.split('\n')),
    [shown.filter((line) => line.startsWith('> '))],
    '"luca approve" can show them too',
  )
  const params = {
    requestState: question.requestState,
    inputResponses: yes('this tool for an hour'),
  }
  assert.match(textOf(consent.obtain(call({ ...ASKS_ITSELF, params }))), /asked about by itself/)
  assert.equal(tried(consent.obtain(call(ASKS_ITSELF))).agreed, undefined)
})
const allowed = ({ inputRequests }: InputRequiredResult): unknown => {
  const { requestedSchema } = inputRequests?.consent?.params ?? {}
  return (requestedSchema as { properties: { allow: { enum: string[] } } }).properties.allow.enum
}

test('what would go out is asked about where a person sees all of it, and else not at all', () => {
  const consent = consentOf()
  const effect = (what: string) =>
    consent.finish(tried(consent.obtain(call(ASKS_ITSELF))), { ...would('v1', { eachTime: true }), what })
  const everybody = Array.from({ length: 60 }, (_, i) => `somebody${i}@example.org`).join(', ')
  const question = asked({ answer: effect(`send an email to ${everybody}`) })
  assert.ok(messageOf(question).includes(everybody))
  for (const what of [`send it to ${'a'.repeat(5000)}`, `send it to ${'\u3164'.repeat(1000)}`])
    assert.match(textOf({ answer: effect(what) }), /too long for a person to see all of it/)
})

test('an approval is for what would have been destroyed then', () => {
  const consent = consentOf()
  const given = { ...ASKS_ITSELF, ...SILENT }
  const blocked = (state: string) => textOf(consent.finish(tried(consent.obtain(call(given))), would(state)))
  assert.match(blocked('v1'), /would replace "\/a" \(3 bytes\)/)
  const [old] = consent.waiting()
  blocked('v2')
  assert.throws(() => consent.decide(old?.id as string, true), NOT_VALID)
  consent.decide(consent.waiting()[0]?.id as string, true)
  assert.equal(tried(consent.obtain(call(given))).agreed, 'v2')
})

test('a trusted client may destroy whatever it is', () => {
  for (const [options, given] of [
    [{ ask: false }, {}],
    [{ trustedTools: ['fs_write_file'] }, {}],
    [{}, { trusts: 'fs.write' }],
  ] as const)
    assert.equal(tried(consentOf(options).obtain(call({ ...ASKS_ITSELF, ...given }))).agreed, true)
})

test('a server that is not known to ask itself can’t make a question', () => {
  const consent = consentOf({ ask: false })
  const result = would('v1')
  assert.equal(consent.finish(tried(consent.obtain(call())), result), result)
})

test('while a client asks, "luca approve" decides as well, and whichever comes first counts', () => {
  const consent = consentOf()
  const ask = () => asked(consent.obtain(call()))
  const first = ask()
  const [waiting] = consent.waiting()
  assert.deepEqual(first._meta, { 'io.llmbasedos/ticket': waiting?.id })
  let told = 0
  const stop = consent.onDecided(waiting?.id as string, () => told++)
  consent.decide(waiting?.id as string, true)
  stop()
  consent.decide(waiting?.id as string, true)
  assert.equal(told, 1)
  assert.ok(isGo(consent.obtain(call())), 'the call as it was, without an answer of the client')
  asked(consent.obtain(call()))

  // Until the call is made, a no counts wherever it was said.
  const denied = ask()
  consent.decide(consent.waiting()[0]?.id as string, false)
  const answered = (requestState: unknown, inputResponses: unknown) =>
    consent.obtain(call({ params: { requestState, inputResponses } }))
  assert.match(textOf(answered(denied.requestState, yes())), /owner did not allow/)
  const other = { params: { arguments: { path: '/other' } } }
  const declined = asked(consent.obtain(call(other)))
  consent.decide(consent.waiting()[0]?.id as string, true)
  const no = {
    ...other.params,
    requestState: declined.requestState,
    inputResponses: { consent: { action: 'decline' } },
  }
  assert.match(textOf(consent.obtain(call({ params: no }))), /person at the client did not allow/)
  asked(consent.obtain(call(other)))
})

test('an answer of the client ends what waits for "luca approve"', () => {
  const consent = consentOf()
  const { requestState } = asked(consent.obtain(call()))
  assert.ok(isGo(consent.obtain(call({ params: { requestState, inputResponses: yes() } }))))
  assert.deepEqual(consent.waiting(), [])
})

test('what a caller was allowed, and what waits, ends with the caller', () => {
  const consent = consentOf()
  const { requestState } = asked(consent.obtain(call()))
  const inputResponses = yes('this tool for an hour')
  assert.ok(isGo(consent.obtain(call({ params: { requestState, inputResponses } }))))
  consent.obtain(call({ ...SILENT, client: 'Other' }))
  const told: string[] = []
  consent.onDecided(consent.waiting()[0]?.id as string, () => told.push('token:1'))
  consent.obtain(call({ ...SILENT, caller: 'token:2' }))
  consent.onDecided(consent.waiting()[1]?.id as string, () => told.push('token:2'))
  consent.endOf('token:1')
  assert.deepEqual(told, ['token:1'])
  assert.deepEqual(
    consent.waiting().map(({ who }) => who),
    ['"token:2" ("Client")'],
  )
  asked(consent.obtain(call()))
})

test('what waits counts as its user’s memory, with its arguments, until it is made, ended or out of time', () => {
  let now = 1000
  const memory = memoryOf()
  const consent = consentOf({ memory, clocks: at(() => now) })
  const delete_ = (path: string, caller = 'token:1') =>
    consent.obtain(call({ ...SILENT, caller, params: { arguments: { path } } }))
  delete_('/a')
  const short = memory.byKind.consent
  assert.ok(short > 0 && short === memory.usedBy('ada'))
  delete_('/a')
  assert.equal(memory.byKind.consent, short, 'it waits once')
  delete_(`/${'b'.repeat(200)}`)
  assert.ok(memory.byKind.consent >= 2 * short + 199)
  delete_('/c', 'token:2')

  consent.decide(consent.waiting()[0]?.id as string, true)
  assert.ok(isGo(delete_('/a')))
  consent.endOf('token:1')
  assert.equal(memory.byKind.consent, short)
  now += 60_000
  assert.deepEqual([consent.waiting().length, memory.byKind.consent], [0, 0])
})

test('where its user has no memory left, a call does not wait, and its error names the limit', () => {
  const memory = memoryOf()
  const consent = consentOf({ memory })
  for (let i = 0; i < 256; i++) memory.take('ada', 'connections', MIB / 16)
  assert.throws(
    () => consent.obtain(call(SILENT)),
    (error: { data: { limit: string } }) => error.data.limit === 'memory.perCallerMiB',
  )
  const { requestState } = asked(consent.obtain(call()))
  assert.deepEqual(consent.waiting(), [], 'who can be asked is asked all the same')
  assert.throws(() => consent.obtain(call({ params: { requestState, inputResponses: yes() } })), {
    code: -32001,
  })
})

test('what is kept of answers that were handed back counts, for as long as they could be again', () => {
  let now = 1000
  const memory = memoryOf()
  const consent = consentOf({ memory, clocks: at(() => now) })
  const agree = () => {
    const { requestState } = asked(consent.obtain(call()))
    assert.ok(isGo(consent.obtain(call({ params: { requestState, inputResponses: yes() } }))))
    return memory.byKind.consent
  }
  const one = agree()
  for (let i = 2; i <= 100; i++) assert.equal(agree(), i * one)
  now += 11 * 60_000
  assert.equal(agree(), one)
})
