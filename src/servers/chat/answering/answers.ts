/**
 * The answers that are waited for. An answer is a call of its own, which the gateway makes for an entry of the wake list: on behalf of who
 * asked, with what they may do then, and whether their client is still there or not.
 */

import type { LoopRequest } from '../../../contracts/tool-loop.ts'
import type { ChatAnswer, Clock, ToolContext } from '../../../protocol/define.ts'
import { ToolError } from '../../../protocol/define.ts'
import { wholeIn } from '../../../protocol/values.ts'
import { KEEP_EVERY_MS } from '../limits.ts'
import { type About, type Conversation, isOpen, type Message, type Options } from '../store/shapes.ts'
import type { Asked, Ended, Store } from '../store/store.ts'
import { LiveAnswer } from './live-answer.ts'
import { type Report, reportIn, stepIn } from './loop-shapes.ts'
import { prepare } from './prepare.ts'

export type AnsweringCall = Pick<ToolContext, 'gateway' | 'signal' | 'wake'>

export interface AnswersOptions {
  store: Store
  clock: Clock
  /** What of a model's context a conversation may take before it is summarised. */
  summariseAt: number
  warn(error: unknown, text: string): void
}

/** Entries of the wake list for answers begin so. */
const ANSWER_KEY = 'answer:'
/** How long a call waits for the answer before its own, and when it comes again after that, in milliseconds. */
const WAIT_MS = 5000
const AGAIN_MS = 1000
/** How long a stop waits for what it stops, in milliseconds. */
const STOP_MS = 2000

const BROKEN_OFF = 'The gateway ended it, or it took longer than a call may (calls.timeoutSeconds).'
const NOT_KEPT = 'Its end could not be kept.'
const NEVER_BEGUN = 'It was never begun: who asked may do so no longer, or the wake list lost it.'

export class Answers {
  readonly #options: AnswersOptions
  readonly #live = new Map<number, LiveAnswer>()
  /** Those that the gateway is being asked to wake this server for. */
  readonly #asking = new Set<number>()

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** Has a question answered that is kept. Rejects where the gateway takes it not; then it has no answer. */
  async ask({ answer }: Asked, call: AnsweringCall): Promise<LiveAnswer> {
    const live = this.#liveOf(answer)
    if (this.#isBehind(answer)) live.note({ waits: 'question' })
    this.#asking.add(answer.id)
    try {
      await call.wake.at(ANSWER_KEY + answer.id, 0)
    } catch (error) {
      await this.#end(live, { state: 'broken_off', why: messageOf(error) })
      throw error
    } finally {
      this.#asking.delete(answer.id)
    }
    return live
  }

  /** An answer to follow; undefined for one that has ended, or that nobody gives any longer. */
  async follow(answer: Message, call: Pick<AnsweringCall, 'wake'>): Promise<LiveAnswer | undefined> {
    if (!isOpen(answer)) return undefined
    const live = this.#live.get(answer.id)
    if (answer.state === 'running' ? live : await this.#isExpected(answer, call))
      return live ?? this.#liveOf(answer)
    const why = answer.state === 'running' ? NOT_KEPT : NEVER_BEGUN
    await this.#end(live ?? new LiveAnswer(answer), { state: 'broken_off', why })
    return undefined
  }

  /** Stops what is waited for in a conversation; gives how many answers that were. */
  async stop(conversation: Conversation, call: Pick<AnsweringCall, 'wake'>): Promise<number> {
    const open = this.#options.store.open(conversation)
    for (const answer of open.toReversed()) {
      const live = await this.follow(answer, call)
      if (!live) continue
      if (live.state === 'waiting') {
        await this.#end(live, { state: 'stopped' })
        await call.wake.cancel(ANSWER_KEY + answer.id)
      } else if (!live.stop.signal.aborted) live.stop.abort(new DOMException('It was stopped.', 'AbortError'))
      await this.#endOf(live, STOP_MS, new AbortController().signal)
    }
    return open.length
  }

  /** The time of an entry has come; false for one of another kind. */
  async woken(key: string, call: AnsweringCall): Promise<boolean> {
    if (!key.startsWith(ANSWER_KEY)) return false
    const { store } = this.#options
    const id = wholeIn(key.slice(ANSWER_KEY.length), 1)
    const found = id === undefined ? undefined : store.message(id)
    if (found?.state !== 'waiting') return true
    const live = this.#liveOf(found)
    if (await this.#isStillBehind(found, call)) await call.wake.at(key, this.#options.clock.wall() + AGAIN_MS)
    else if (!live.hasEnded && (await store.begin(found.id))) await this.#answer(found, live, call)
    return true
  }

  #liveOf(answer: Message): LiveAnswer {
    const known = this.#live.get(answer.id)
    if (known) return known
    const live = new LiveAnswer(answer)
    live.note({
      conversation: this.#options.store.byNumber(answer.conversation)?.id ?? '',
      message: answer.id,
    })
    this.#live.set(answer.id, live)
    return live
  }

  #isBehind(answer: Message): boolean {
    const before = this.#options.store.answerBefore(answer)
    return before !== undefined && isOpen(before)
  }

  /** Whether the gateway is to wake this server for it. */
  async #isExpected({ id }: Message, { wake }: Pick<AnsweringCall, 'wake'>): Promise<boolean> {
    if (this.#asking.has(id)) return true
    return (await wake.list()).some(({ key, next }) => key === ANSWER_KEY + id && next !== null)
  }

  /** Whether the answer before it is still waited for, after a while. */
  async #isStillBehind(answer: Message, call: AnsweringCall): Promise<boolean> {
    const before = this.#options.store.answerBefore(answer)
    if (!before || !isOpen(before)) return false
    const live = await this.follow(before, call)
    if (!live) return false
    return !(await this.#endOf(live, WAIT_MS, call.signal))
  }

  /** Whether it has ended within a time. */
  async #endOf(live: LiveAnswer, ms: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options
    const done = new AbortController()
    const late = clock.wait(ms, AbortSignal.any([done.signal, signal])).then(
      () => true,
      () => true,
    )
    let isLate = false
    while (!live.hasEnded && !isLate)
      isLate = (await Promise.race([live.changed.then(() => false), late])) as boolean
    done.abort()
    signal.throwIfAborted()
    return live.hasEnded
  }

  async #answer(answer: Message, live: LiveAnswer, call: AnsweringCall): Promise<void> {
    const { store, warn } = this.#options
    live.begin()
    let kept = ''
    const keep = async () => {
      const now = `${live.content.length} ${live.told.length}`
      if (now === kept) return
      await store.keep(live.id, live.content, aboutOf(live))
      kept = now
    }
    const timer = setInterval(() => {
      keep().catch((error) => warn(error, 'an answer could not be kept as it comes; it is tried again'))
    }, KEEP_EVERY_MS)
    try {
      const ended = await this.#run(answer, live, call)
      await this.#end(live, ended)
    } catch (error) {
      const state = live.stop.signal.aborted ? 'stopped' : 'broken_off'
      const why = state === 'stopped' ? undefined : call.signal.aborted ? BROKEN_OFF : messageOf(error)
      await this.#end(live, { state, why })
    } finally {
      clearInterval(timer)
    }
  }

  /** Has the model answer. Rejects where it does not come to an end. */
  async #run(
    answer: Message,
    live: LiveAnswer,
    { gateway, signal: gone }: AnsweringCall,
  ): Promise<Partial<Ended>> {
    const { store, clock, summariseAt } = this.#options
    const conversation = store.byNumber(answer.conversation)
    const question = answer.parent === undefined ? undefined : store.message(answer.parent)
    if (!conversation || !question) throw new ToolError('The conversation was deleted.')
    const { options } = conversation
    const signal = AbortSignal.any([gone, live.stop.signal])
    const messages = await prepare({
      store,
      gateway,
      question,
      options,
      share: summariseAt,
      signal,
      now: () => clock.wall(),
      onSummary: () => live.note({ waits: 'summary' }),
      onCut: (turns) => live.note({ step: { kind: 'shortened', results: 0, turns } }),
    })
    const whole = await gateway.chat(
      { messages, ...requestOf(conversation, options) },
      {
        signal,
        onDelta: ({ content }) => {
          if (content) live.say(content)
        },
        onStep(value) {
          const step = stepIn(value)
          if (step) live.take(step)
        },
      },
    )
    const report = reportIn(whole)
    if (live.content === '') live.say(whole.choices[0]?.message.content ?? '')
    live.about = aboutAnswer(whole, report)
    return { state: 'whole', read: report?.read, shown: report?.shown }
  }

  /** Keeps how it ended, and tells who follows it. */
  async #end(live: LiveAnswer, { state = 'whole', why, read, shown }: Partial<Ended>): Promise<void> {
    const { store, clock, warn } = this.#options
    try {
      const { id, content } = live
      await store.end(id, { content, about: aboutOf(live), state, why, read, shown }, clock.wall())
      live.end(state, why)
    } catch (error) {
      warn(error, 'an answer could not be kept')
      live.end('broken_off', `It could not be kept: ${messageOf(error)}`)
    } finally {
      this.#live.delete(live.id)
    }
  }
}

/** How the question is asked, besides what was said. */
function requestOf({ read, shown }: Conversation, { model, level, tools }: Options): Record<string, unknown> {
  const loop: LoopRequest = { steps: true, read, shown, ...(tools && { tools }) }
  return {
    ...(model !== undefined && { model }),
    ...(level !== undefined && { complexity: level }),
    ...(tools?.length === 0 ? { tools: 'none' } : { tools: 'auto', llmbasedos: loop }),
  }
}

const aboutOf = ({ calls, about }: LiveAnswer): About => ({ ...(calls.length > 0 && { calls }), ...about })

function aboutAnswer({ model, usage, choices }: ChatAnswer, report: Report | undefined): About {
  const { level, messages = [] } = report ?? {}
  const ended = choices[0]?.finish_reason === 'length' ? 'length' : report?.ended
  return {
    model: report?.model ?? model,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens ?? 0,
    ...(messages.length > 0 && { said: messages }),
    ...(level !== undefined && { level }),
    ...(ended !== undefined && ended !== 'answered' && { ended }),
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'It is not known why.'
