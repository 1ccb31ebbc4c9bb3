import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import type {
  AdmittedCall,
  AuthorisedCall,
  CallTrace,
  ConsentedCall,
  Inbound,
  Outcome,
  Principal,
  ResolvedCall,
} from './call/call.ts'
import { createPipeline, type Stages } from './pipeline.ts'

const RESULT: Result = { resultType: 'complete', content: [] }
const FINISHED: Result = { resultType: 'complete', content: [], finished: true }
const INBOUND = { method: 'tools/call', signal: new AbortController().signal } as Inbound

/** What each stage gives, so that a test sees which of them the next one was given. */
const RESOLVED = { inbound: INBOUND } as ResolvedCall
const AUTHORISED = {} as AuthorisedCall
const CONSENTED = {} as ConsentedCall

interface Observed {
  inbound: Inbound
  resolved: ResolvedCall | undefined
  trace: CallTrace
  ms: number
  outcome: Outcome
}

/** A pipeline of stages that do nothing but write down that they were there, and with what. */
function setUp(own: { [S in keyof Stages]?: Partial<Stages[S]> } = {}) {
  const did: string[] = []
  const observed: Observed[] = []
  const admitted = { checkAgain: () => void did.push('checkAgain') } as AdmittedCall
  const stage = <T>(name: string, given: readonly [unknown, unknown][], result: T): T => {
    for (const [was, expected] of given) assert.equal(was, expected, `what ${name} is given`)
    did.push(name)
    return result
  }
  const stages = {
    memory: {},
    stalledMs: 7,
    answers: {
      ended: (call: unknown) => stage('answers.ended', [[call, admitted]], undefined),
      ...own.answers,
    },
    auth: {
      authorise: (request: unknown) => stage('authorise', [[request, RESOLVED]], AUTHORISED),
      ...own.auth,
    },
    limits: {
      admit: (call: unknown) =>
        stage('admit', [[call, AUTHORISED]], { call: admitted, release: () => void did.push('release') }),
      ...own.limits,
    },
    consent: {
      obtain: (call: unknown) => stage('obtain', [[call, admitted]], { call: CONSENTED }),
      finish: (call: unknown, result: unknown) =>
        stage(
          'finish',
          [
            [call, CONSENTED],
            [result, RESULT],
          ],
          FINISHED,
        ),
      ...own.consent,
    },
    callbacks: {
      follow(call: ConsentedCall, trace: CallTrace, route: Stages['routing']['route']) {
        return route(stage('follow', [[call, CONSENTED]], call), trace)
      },
      onDecided: () => undefined,
      ...own.callbacks,
    },
    routing: {
      resolve: (inbound: unknown) => stage('resolve', [[inbound, INBOUND]], RESOLVED),
      route: async (call: unknown, trace: CallTrace) => {
        trace.cold = true
        return stage('route', [[call, CONSENTED]], RESULT)
      },
      ...own.routing,
    },
    authenticationFailed: () => void did.push('authenticationFailed'),
    observe(
      inbound: Inbound,
      resolved: ResolvedCall | undefined,
      trace: CallTrace,
      ms: number,
      outcome: Outcome,
    ) {
      did.push('observe')
      observed.push({ inbound, resolved, trace, ms, outcome })
    },
    ...('authenticationFailed' in own ? { authenticationFailed: own.authenticationFailed } : {}),
  } as unknown as Stages
  return { gate: createPipeline(stages), stages, did, observed }
}

const WAY = ['resolve', 'authorise', 'admit', 'obtain', 'checkAgain', 'follow', 'route', 'finish']
const END = ['release', 'answers.ended', 'observe']

test('a call takes each stage once, in order, with what the one before made of it', async () => {
  const { gate, did } = setUp()
  assert.equal(await gate.run(INBOUND), FINISHED)
  assert.deepEqual(did, [...WAY, ...END])
})

test('what a call holds is given back, and it is observed once, at whichever stage it fails', async () => {
  const error = new RpcError('FORBIDDEN', 'no')
  const fails = () => {
    throw error
  }
  for (const [own, done, ended] of [
    [{ routing: { resolve: fails } }, [], ['observe']],
    [{ auth: { authorise: fails } }, WAY.slice(0, 1), ['observe']],
    [{ limits: { admit: fails } }, WAY.slice(0, 2), ['observe']],
    [{ consent: { obtain: fails } }, WAY.slice(0, 3), END],
    [{ callbacks: { follow: fails } }, WAY.slice(0, 5), END],
    [{ routing: { route: fails } }, WAY.slice(0, 6), END],
    [{ routing: { route: async () => fails() } }, WAY.slice(0, 6), END],
    [{ consent: { finish: fails } }, WAY.slice(0, 7), END],
  ] as const) {
    const { gate, did, observed } = setUp(own)
    await assert.rejects(gate.run(INBOUND), error)
    assert.deepEqual(did, [...done, ...ended])
    assert.deepEqual(observed[0]?.outcome, { kind: 'error', error })
  }
})

test('a call whose caller may not make it any longer is not made', async () => {
  const error = new RpcError('UNAUTHENTICATED', 'gone')
  const call = {
    checkAgain() {
      throw error
    },
  }
  const release = () => {}
  const { gate, did } = setUp({
    limits: { admit: () => ({ call, release }) as never },
    consent: { obtain: () => ({ call: CONSENTED }) },
    answers: { ended: () => {} },
  })
  await assert.rejects(gate.run(INBOUND), error)
  assert.deepEqual(did, ['resolve', 'authorise', 'observe'])
})

test('where consent answers, nothing is sent, and that is the result', async () => {
  const answer: Result = { resultType: 'input_required' }
  const { gate, did, observed } = setUp({ consent: { obtain: () => ({ answer }) } })
  assert.equal(await gate.run(INBOUND), answer)
  assert.deepEqual(did, ['resolve', 'authorise', 'admit', 'checkAgain', ...END])
  assert.deepEqual(observed[0]?.outcome, { kind: 'input_required' })
})

test('a call is observed with what it was about, what happened on the way, how long it took and how it ended', async () => {
  const { gate, observed } = setUp()
  const before = performance.now()
  await gate.run(INBOUND)
  const { inbound, resolved, trace, ms, outcome } = observed[0] as Observed
  assert.equal(inbound, INBOUND)
  assert.equal(resolved, RESOLVED)
  assert.deepEqual(trace, { cold: true })
  assert.ok(ms > 0 && ms <= performance.now() - before)
  assert.deepEqual(outcome, { kind: 'ok' })
})

test('how a call ended is judged by what its caller was given, not by what its server gave', async () => {
  for (const [given, kind] of [
    [{ resultType: 'complete' }, 'ok'],
    [{ resultType: 'complete', isError: true }, 'failed'],
    [{ resultType: 'input_required' }, 'input_required'],
  ] as const) {
    const { gate, observed } = setUp({ consent: { finish: () => given } })
    await gate.run(INBOUND)
    assert.deepEqual(observed[0]?.outcome, { kind })
  }
})

test('a call that its caller cancels ends as cancelled, and gives back what it held', async () => {
  const controller = new AbortController()
  const reason = new RpcError('INTERNAL', 'The caller disconnected.')
  const inbound = { ...INBOUND, signal: controller.signal }
  const { gate, did, observed } = setUp({
    routing: {
      resolve: () => RESOLVED,
      route: async () => {
        controller.abort(reason)
        throw controller.signal.reason
      },
    },
  })
  await assert.rejects(gate.run(inbound), reason)
  assert.deepEqual(did.slice(-3), END)
  assert.deepEqual(observed[0]?.outcome, { kind: 'cancelled' })
})

test('a failure of ours reaches the caller as an error without its inside, and the log with it', async () => {
  const cause = new TypeError('secret')
  const { gate, observed } = setUp({ routing: { route: () => Promise.reject(cause) } })
  await assert.rejects(gate.run(INBOUND), (error: RpcError) => {
    assert.ok(error instanceof RpcError)
    assert.doesNotMatch(JSON.stringify(error.toObject()), /secret/)
    return true
  })
  const { outcome } = observed[0] as Observed
  assert.equal(outcome.kind === 'error' && outcome.error.cause, cause)
})

test('a refused caller learns why, and so does the log', () => {
  const told: unknown[] = []
  const authenticationFailed: Stages['authenticationFailed'] = (credential, { message }) =>
    told.push([credential, message])
  const ada = { id: 'token:1' } as Principal
  const identify: Stages['auth']['identify'] = ({ kind }) => {
    if (kind === 'peer') return ada
    throw new RpcError('UNAUTHENTICATED', 'Send a token.')
  }
  const { gate } = setUp({ auth: { identify }, authenticationFailed })
  assert.equal(gate.identify({ kind: 'peer', uid: 1, pid: 1 }), ada)
  assert.deepEqual(told, [])
  assert.throws(() => gate.identify({ kind: 'none' }), { code: -32000, message: 'Send a token.' })
  assert.deepEqual(told, [[{ kind: 'none' }, 'Send a token.']])
})

test('what transports ask besides is asked of the stage that knows', () => {
  const asked: unknown[] = []
  const asks =
    <T>(result: T) =>
    (...given: unknown[]): T => {
      asked.push(...given)
      return result
    }
  const stop = () => {}
  const listener = () => {}
  const { gate, stages } = setUp({
    routing: { mirroredHeaders: asks([]), sessionEnded: asks(undefined), hasServer: asks(true) },
    callbacks: { leave: asks(undefined) },
    consent: { onDecided: asks(stop) },
  })
  assert.deepEqual(gate.mirroredHeaders('fs', 'read'), [])
  assert.equal(gate.onDecided('ticket', listener), stop)
  gate.leave('held')
  gate.sessionEnded('session')
  assert.equal(gate.hasServer('mail'), true)
  assert.deepEqual(asked, ['fs', 'read', 'ticket', listener, 'held', 'session', 'mail'])
  assert.equal(gate.memory, stages.memory)
  assert.equal(gate.stalledMs, 7)
})

test('a held call is asked first whether it was decided, and any other one of consent', () => {
  const stop = () => {}
  const { gate } = setUp({
    callbacks: { onDecided: (held) => (held === 'held' ? stop : undefined) },
    consent: { onDecided: () => () => {} },
  })
  assert.equal(
    gate.onDecided('held', () => {}),
    stop,
  )
  assert.notEqual(
    gate.onDecided('ticket', () => {}),
    stop,
  )
})
