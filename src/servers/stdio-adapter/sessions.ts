/**
 * The children, one for each client session, and the calls that run in them. A child's question to its client ends our
 * call's round; the child's own call goes on meanwhile and is found again when the caller repeats it with the answer.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type ToolContext, ToolError } from '../../protocol/define.ts'
import { cleanLine } from '../../protocol/foreign-text.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { ClientCapabilities, InputRequest } from '../../protocol/mcp.ts'
import { canonicalJson } from '../../protocol/values.ts'
import { Allowance } from './allowance.ts'
import { asAskedBy, askable } from './asking.ts'
import { type CallOfChild, Child, type ChildOptions, type Question } from './child.ts'

/** After how long without a call a child is ended, in milliseconds. */
export const CHILD_IDLE_MS = 10 * 60_000
/** How long a call waits for the caller to repeat it with an answer, in milliseconds. */
const ANSWER_WITHIN_MS = 10 * 60_000
/** How many questions wait until a call takes them. */
export const MAX_WAITING = 32
/** How many children there may be, of all callers and of one: each is a process or more. */
export const MAX_CHILDREN = 32
export const MAX_OF_CALLER = 8
/** How often one call may ask its client. */
export const MAX_QUESTIONS = 16
/** How much a child may tell on its way, in log messages and progress: at once, and each second. */
export const TOLD_AT_ONCE = 200
export const TOLD_PER_SECOND = 50
/** How long a child waits, in milliseconds, until a caller has taken its notifications, or the child's questions were answered: it has other callers, too. */
const TAKEN_WITHIN_MS = 10_000
/** Progress of a start is less than any that a server gives of itself. */
const STEP_OF_START = 1e-6

interface Running {
  result: Promise<unknown>
  /** What was asked so far, in order; the last may still be open. */
  asked: InputRequest[]
  open: Question | undefined
  /** Called when a question has come. */
  onAsked: (() => void) | undefined
  call: ToolContext
  /** Whether its caller has yet to take its notifications. */
  isBehind: boolean
  abort: AbortController
  expiry: NodeJS.Timeout | undefined
}

interface Session {
  key: string
  /** Whose it is: a token's, or a user's of this machine. */
  caller: string
  /** The client's session that it belongs to; undefined for a client without one. */
  ofClient: string | undefined
  child: Promise<Child>
  /** When it was last called, on a clock that only goes on. */
  usedAt: number
  running: Set<Running>
  /** By what was called: those whose caller is away, to bring an answer. */
  suspended: Map<string, Running[]>
  /** Questions that no call has taken yet. */
  waiting: Question[]
  idle: NodeJS.Timeout | undefined
}

function notStarted(cause: Error): never {
  throw new ToolError(`The server can't be used now: ${cause.message} "luca server test" tells more.`, {
    cause,
  })
}

function put(question: Question, running: Running): void {
  running.open = question
  running.asked.push(question.request)
  running.onAsked?.()
}

const notTaken = () =>
  new ToolError(
    'Its caller does not take what this call tells it, so that it was stopped; what it did before has been done.',
  )

export interface SessionsOptions
  extends Omit<ChildOptions, 'capabilities' | 'onQuestion' | 'onLog' | 'onWords'> {
  /** The name that the server was added under: who it is that asks. */
  server: string
  /** How long nothing is read of a child until a caller takes its notifications, in milliseconds. */
  takenWithinMs?: number
  /** Looks at a child before its first call. Rejects where it must not be used. */
  onStarted(child: Child): Promise<void>
}

export class Sessions {
  readonly #options: SessionsOptions
  readonly #sessions = new Map<string, Session>()
  /** Children that are being ended, and whose they were. */
  readonly #ending = new Map<Promise<void>, string>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /**
   * Runs something in the child of the caller's session. `what` tells two calls apart; `run` is called once, however
   * often the caller repeats the call.
   */
  async run<T>(
    what: unknown,
    call: ToolContext,
    run: (child: Child, call: CallOfChild) => Promise<T>,
  ): Promise<T> {
    const session = this.#session(call)
    session.usedAt = performance.now()
    clearTimeout(session.idle)
    const key = canonicalJson(what)
    const running = this.#resume(session, key, call) ?? this.#begin(session, call, run as never)
    const cancel = () => running.abort.abort(call.signal.reason)
    if (call.signal.aborted) cancel()
    call.signal.addEventListener('abort', cancel, { once: true })
    try {
      const value = (await this.#follow(session, key, running, call)) as T
      // It ended before it came to ask this, so it is another call's.
      if (running.open) this.#asked(session, running.open)
      running.open = undefined
      return value
    } finally {
      call.signal.removeEventListener('abort', cancel)
      this.#rest(session)
    }
  }

  /**
   * Waits until so much of an answer may be held, for a while at most, and has nothing more read of its child meanwhile: it
   * would give more.
   */
  async roomFor(bytes: number, call: ToolContext): Promise<void> {
    const waiting = call.room(bytes)
    if (!waiting) return
    waiting.catch(() => {}) // the call's end tells
    const late = delay(this.#takenWithinMs, undefined, { signal: call.signal, ref: false })
    const settled = Promise.race([waiting, late])
    this.#readNothingUntil(settled, this.#session(call))
    await settled
  }

  /** Ends what was kept for a client's session. */
  ended(session: string): void {
    for (const found of this.#sessions.values()) if (found.ofClient === session) this.#drop(found)
  }

  /** Ends all children; resolves when nothing of them is left. */
  async close(): Promise<void> {
    for (const session of this.#sessions.values()) this.#drop(session)
    await Promise.all(this.#ending.keys())
  }

  #session(call: ToolContext): Session {
    const { session: ofClient, caller = '' } = call
    const capabilities = askable(call.clientCapabilities)
    // A client that can be asked other things has a child of its own.
    const key = canonicalJson([caller, ofClient ?? null, capabilities])
    const known = this.#sessions.get(key)
    if (known) return known
    this.#makeRoom(caller)
    const session: Session = {
      key,
      caller,
      ofClient,
      usedAt: performance.now(),
      idle: undefined,
      running: new Set(),
      suspended: new Map(),
      waiting: [],
      child: this.#endingOf(caller).then(() => this.#start(session, capabilities)),
    }
    session.child.catch((error: Error) => {
      this.#options.log.warn({ why: error.message }, 'the server can not be used')
      this.#drop(session)
    })
    this.#sessions.set(key, session)
    return session
  }

  async #start(session: Session, capabilities: ClientCapabilities): Promise<Child> {
    const { onStarted, server, ...options } = this.#options
    const told = new Allowance(TOLD_AT_ONCE, TOLD_PER_SECOND)
    let ready = false
    let words = 0
    const child = await Child.start({
      ...options,
      capabilities,
      onQuestion: ({ request, ...question }) =>
        this.#asked(session, { ...question, request: asAskedBy(server, request) }),
      onLog: (level, data, logger) => {
        if (!told.take()) return
        for (const running of session.running) {
          running.call.log(level, data, logger)
          this.#keepUp(session, running)
        }
      },
      onWords: (line) => {
        if (ready || !told.take()) return
        words++
        for (const { call } of session.running)
          call.progress(words * STEP_OF_START, undefined, `starting: ${cleanLine(line)}`)
      },
    }).catch(notStarted)
    child.closed.then(() => this.#drop(session))
    try {
      await onStarted(child)
      ready = true
      return child
    } catch (error) {
      await child.end()
      return notStarted(error as Error)
    }
  }

  #begin(
    session: Session,
    call: ToolContext,
    run: (child: Child, call: CallOfChild) => Promise<unknown>,
  ): Running {
    const abort = new AbortController()
    const running: Running = {
      asked: [],
      open: undefined,
      onAsked: undefined,
      call,
      isBehind: false,
      abort,
      expiry: undefined,
      result: Promise.resolve(),
    }
    // What the child's call holds on to outlives a round: it speaks to whichever round is there.
    const told = new Allowance(TOLD_AT_ONCE, TOLD_PER_SECOND)
    const lasting: CallOfChild = {
      signal: abort.signal,
      progress: (progress, total, message) => {
        if (!told.take()) return
        running.call.progress(progress, total, message === undefined ? undefined : cleanLine(message))
        this.#keepUp(session, running)
      },
    }
    running.result = session.child.then((child) =>
      run(child, lasting).catch((error: unknown) => {
        throw child.explain(error)
      }),
    )
    running.result.catch(() => {})
    running.result
      .finally(() => {
        session.running.delete(running)
        this.#rest(session)
        if (session.running.size === 0) this.#nobodyRuns(session)
      })
      .catch((error: Error) => {
        // Most likely it was its own; the question of another call that it had taken is lost with it.
        running.open?.refuse(error)
        running.open = undefined
      })
    session.running.add(running)
    this.#take(session, running)
    return running
  }

  /** Nothing more is read of a child until its callers have taken their notifications; one that does not fails alone. */
  #keepUp(session: Session, running: Running): void {
    const drained = running.isBehind ? undefined : running.call.drained()
    if (!drained) return
    running.isBehind = true
    const { signal } = running.abort
    const settled = Promise.race([
      drained,
      new Promise((resolve) => signal.addEventListener('abort', resolve)),
    ])
    const late = setTimeout(() => running.abort.abort(notTaken()), this.#takenWithinMs)
    void settled.then(() => {
      clearTimeout(late)
      running.isBehind = false
    })
    this.#readNothingUntil(settled, session)
  }

  #readNothingUntil(settled: Promise<unknown>, session: Session): void {
    session.child.then(
      (child) => child.readNothingUntil(settled),
      () => {},
    )
  }

  get #takenWithinMs(): number {
    return this.#options.takenWithinMs ?? TAKEN_WITHIN_MS
  }

  /** The call whose question this round brings the answer to, if there is one. */
  #resume(session: Session, key: string, call: ToolContext): Running | undefined {
    const waiting = session.suspended.get(key)
    const running = waiting?.shift()
    if (waiting?.length === 0) session.suspended.delete(key)
    if (!running) return undefined
    clearTimeout(running.expiry)
    running.call = call
    return running
  }

  async #follow(session: Session, key: string, running: Running, call: ToolContext): Promise<unknown> {
    for (let next = 0; ; next++) {
      if (next >= running.asked.length) {
        const asked = new Promise<'asked'>((resolve) => {
          running.onAsked = () => resolve('asked')
        })
        const outcome = await Promise.race([running.result.then((value) => ({ value })), asked])
        if (outcome !== 'asked') return outcome.value
      }
      const name = `question${next}`
      try {
        const answers = await call.ask({ [name]: running.asked[next] as InputRequest })
        if (next === running.asked.length - 1) {
          running.open?.answer(answers[name] ?? {})
          running.open = undefined
          this.#take(session, running)
        }
      } catch (error) {
        if (error instanceof RpcError) {
          // It can't be asked this; the child gets an error, and its call goes on.
          running.open?.refuse(error)
          running.open = undefined
          this.#take(session, running)
          continue
        }
        this.#suspend(session, key, running)
        throw error
      }
    }
  }

  #suspend(session: Session, key: string, running: Running): void {
    const waiting = session.suspended.get(key) ?? []
    waiting.push(running)
    session.suspended.set(key, waiting)
    running.expiry = setTimeout(() => {
      const left = (session.suspended.get(key) ?? []).filter((one) => one !== running)
      if (left.length > 0) session.suspended.set(key, left)
      else session.suspended.delete(key)
      running.open?.refuse(new Error('The client did not answer in time.'))
      running.abort.abort(new Error('The client did not repeat the call with an answer.'))
    }, ANSWER_WITHIN_MS).unref()
  }

  /** A question belongs to the oldest call that has none open; protocols of the older era don't say to which. */
  #asked(session: Session, question: Question): void {
    const running = [...session.running].find((one) => one.open === undefined)
    if (running && running.asked.length >= MAX_QUESTIONS)
      question.refuse(new Error(`One call may ask ${MAX_QUESTIONS} questions at most.`))
    else if (running) put(question, running)
    else if (session.waiting.length < MAX_WAITING) session.waiting.push(question)
    else question.refuse(new Error('Too many questions wait for an answer.'))
    if (session.running.size === 0) this.#nobodyRuns(session)
  }

  /** Gives a call that still runs the next question that waits. */
  #take(session: Session, running: Running): void {
    const question = session.running.has(running) ? session.waiting.shift() : undefined
    if (question) put(question, running)
  }

  /** Servers ask for roots as soon as they run: the next caller is asked. Anything else has no caller to go to. */
  #nobodyRuns(session: Session): void {
    const [roots, others] = [true, false].map((wanted) =>
      session.waiting.filter(({ request }) => (request.method === 'roots/list') === wanted),
    ) as [Question[], Question[]]
    session.waiting = roots
    for (const question of others)
      question.refuse(new Error('There is no client to ask: no call is running.'))
  }

  #rest(session: Session): void {
    if (session.running.size > 0) return
    clearTimeout(session.idle)
    session.idle = setTimeout(() => this.#drop(session), CHILD_IDLE_MS).unref()
  }

  /** Ends the one of the caller's own that was idle for longest, where there are too many. No call ends another caller's. */
  #makeRoom(caller: string): void {
    const own = [...this.#sessions.values()].filter((session) => session.caller === caller)
    if (own.length < MAX_OF_CALLER && this.#sessions.size < MAX_CHILDREN) return
    const [idlest] = own.filter(({ running }) => running.size === 0).sort((a, b) => a.usedAt - b.usedAt)
    if (idlest) {
      this.#drop(idlest)
      return
    }
    const isOwn = own.length >= MAX_OF_CALLER
    throw new RpcError(
      'RATE_LIMITED',
      isOwn
        ? `You use this server in ${own.length} sessions at once, the most for one caller; end one, or try again when a call has ended.`
        : `${MAX_CHILDREN} sessions use this server, the most it is started for; try again when one has ended.`,
      { data: { limit: isOwn ? 'childrenOfCaller' : 'children', retryAfterMs: 10_000 } },
    )
  }

  /** Resolves when few enough of a caller's children are still being ended for another one to start. */
  async #endingOf(caller: string): Promise<void> {
    for (;;) {
      const ending = [...this.#ending].flatMap(([end, whose]) => (whose === caller ? [end] : []))
      if (ending.length < MAX_OF_CALLER) return
      await Promise.race(ending)
    }
  }

  #drop(session: Session): void {
    // Its key may be another session's by now: one that began while this one's child was ending.
    if (this.#sessions.get(session.key) !== session) return
    this.#sessions.delete(session.key)
    clearTimeout(session.idle)
    for (const running of session.running) running.abort.abort(new Error('The session has ended.'))
    const ending = session.child
      .then((child) => child.end())
      .catch(() => {})
      .finally(() => this.#ending.delete(ending))
    this.#ending.set(ending, session.caller)
  }
}
