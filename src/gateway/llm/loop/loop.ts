/**
 * A request in which a language model calls its caller's tools: it is asked, what it calls is called, and it is asked again with what
 * that gave, until it answers in words. Whatever ends this before, it is asked once more, without tools, to say what it found and what
 * is missing.
 */
import type { LoopEnd, LoopReport } from '../../../contracts/tool-loop.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import type { Tool } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import type { CallTrace, ConsentedCall } from '../../call/call.ts'
import type { Held, Memory } from '../../call/memory.ts'
import { answer } from '../answer.ts'
import { readChoices } from '../answer-choices.ts'
import type { Answer, Listener, Models } from '../attempt.ts'
import { invalid, type JsonObject, type ModelRequest } from '../request.ts'
import { type AskedCall, ToolCalls } from './calls.ts'
import type { LoopLimits, ToolHost } from './host.ts'
import { fused, type ToolMeanings } from './meaning.ts'
import { Spent } from './spent.ts'
import { Told } from './told.ts'
import { ALL_UP_TO, chooseTools, type FunctionTool, TOOLS_SHARE } from './tool-choice.ts'
import { readTriage, TRIAGE_TOKENS, type Triage, triageBody } from './triage.ts'
import { type Given, ModelTurns } from './turns.ts'

/** The part of a call's time that is kept for its last answer, at least. */
const LAST_ANSWER_SHARE = 1 / 5
/** How much of a question says which tools there should be, in characters. */
const MOST_QUESTION = 1000
/** So many tools that the last question finds come before so many of the one before it. */
const FOUND = 10
const FOUND_BEFORE = 4
/** So many that are near to it. */
const MOST_MEANT = 24
/** How often tools are chosen anew that take more than they may. */
const MOST_CHOICES = 4

export interface Loops {
  /** Where the results that a loop holds are counted. */
  memory: Pick<Memory, 'hold'>
  host: ToolHost
  meanings: Pick<ToolMeanings, 'nearest'>
  limits: LoopLimits
}

/** The whole answer, in OpenAI's shape, with a report of the loop. Throws RpcError, or the reason of the call's signal. */
export function answerWithTools(
  models: Models,
  loops: Loops,
  call: ConsentedCall,
  trace: CallTrace,
  request: ModelRequest,
  listener: Listener | undefined,
): Promise<Answer> {
  if (request.body.n !== undefined && request.body.n !== 1)
    throw invalid('n', '"n" must be 1 where a model is given the tools of this machine')
  return new Loop(models, loops, call, trace, request, listener).run()
}

class Loop {
  readonly #models: Models
  readonly #loops: Loops
  readonly #call: ConsentedCall
  readonly #trace: CallTrace
  readonly #request: ModelRequest
  readonly #listener: Listener | undefined
  /** What the caller may use, and what is the client's own. */
  readonly #tools: readonly Tool[]
  readonly #own: readonly JsonObject[]
  readonly #spent = new Spent()
  readonly #turns: ModelTurns
  readonly #calls: ToolCalls
  #told: Told
  #triage: Triage | undefined
  /** Names of tools, the nearest to the question first. */
  #meant: readonly string[] = []
  #shown: readonly FunctionTool[] = []
  #rounds = 0
  #model = ''

  constructor(
    models: Models,
    loops: Loops,
    call: ConsentedCall,
    trace: CallTrace,
    request: ModelRequest,
    listener: Listener | undefined,
  ) {
    this.#models = models
    this.#loops = loops
    this.#call = call
    this.#trace = trace
    this.#request = request
    this.#listener = listener && (request.stream ? listener : { ...listener, chunk: () => undefined })
    const { tools: allowed, read = [] } = request.loop
    const all = loops.host.tools(call)
    this.#tools = allowed ? all.filter(({ name }) => allowed.includes(name)) : all
    this.#own = (Array.isArray(request.body.tools) ? request.body.tools : []).filter(isRecord)
    this.#turns = new ModelTurns(models, call, trace, request, this.#spent)
    this.#told = this.#tellAs(request.selector.model ?? 'default')
    this.#calls = new ToolCalls({
      host: loops.host,
      call,
      trace,
      tools: this.#tools,
      read,
      room: (results) => this.#turns.budget.resultTokens(results),
      msLeft: () => this.#msLeft(),
      tell: (step) => this.#told.step(step),
    })
  }

  async run(): Promise<Answer> {
    const held = this.#loops.memory.hold(this.#call.principal.user, 'answers')
    try {
      await this.#begin()
      return await this.#untilAnswered(held)
    } finally {
      held.release()
    }
  }

  /** What tools gave is held until the answer. */
  async #untilAnswered(held: Held): Promise<Answer> {
    let note: string | undefined
    for (;;) {
      const limit = this.#limit()
      if (limit) return this.#finish(limit)
      const given = await this.#turns.ask({ tools: [...this.#shown, ...this.#own], note }, this.#told)
      this.#rounds++
      if (given.calls.length === 0) {
        const hasWords = given.text.trim() !== ''
        if (hasWords && !given.isHalfCall) return this.#end('answered', given)
        if (note !== undefined) return this.#end('empty', hasWords ? given : this.#withWords(given))
        note = given.isHalfCall ? HALF_CALL : EMPTY
        continue
      }
      note = undefined
      const own = given.calls.filter((made) => this.#isOwn(made))
      // What the model also asked for here it asks for again once the client has answered.
      if (own.length > 0) return this.#end('client_tools', { ...given, calls: own })
      this.#turns.keep(given)
      const before = this.#calls.found.length
      for (const message of await this.#calls.make(given.calls)) this.#turns.transcript.add(message)
      held.resize(this.#turns.transcript.bytes)
      if (this.#calls.isStuck) return this.#finish('repeated')
      if (this.#calls.found.length > before) this.#shown = this.#chosen()
    }
  }

  /** Finds out what the model can take, and which tools it is shown. */
  async #begin(): Promise<void> {
    const { budget } = this.#turns
    this.#triage = await this.#triaged()
    if (this.#triage) this.#turns.selector = { complexity: this.#triage.level }
    const counted = await budget.begin()
    if (counted.canCall) {
      this.#meant = await this.#nearest()
      this.#shown = await this.#fitting()
    }
    this.#model = counted.model
    this.#told = this.#tellAs(counted.model)
    const names = this.#names
    const because = counted.canCall ? 'budget' : 'unable'
    const left = names.length < this.#tools.length
    await this.#told.step({
      kind: 'shown',
      tools: names,
      of: this.#tools.length,
      ...(left ? { because } : {}),
    })
  }

  /** A model that makes more tokens of tools than most is given fewer. */
  async #fitting(): Promise<readonly FunctionTool[]> {
    const { budget } = this.#turns
    for (let tries = 0; tries < MOST_CHOICES; tries++) {
      const chosen = this.#chosen()
      if ((await budget.costOf(chosen)) <= budget.context * TOOLS_SHARE) return chosen
    }
    return []
  }

  #tellAs(model: string): Told {
    return new Told(model, this.#listener, this.#request.loop.steps === true)
  }

  get #names(): string[] {
    return this.#shown.map((tool) => tool.function.name)
  }

  #chosen(): readonly FunctionTool[] {
    const { transcript, budget } = this.#turns
    const [question = '', before = ''] = transcript.questions
    const [found, foundBefore] = [this.#find(question), this.#find(before)]
    return chooseTools({
      tools: this.#tools,
      known: this.#shown.length > 0 ? this.#names : (this.#request.loop.shown ?? []),
      sought: [...(this.#triage?.tools ?? []), ...this.#calls.found],
      question,
      found: fused(
        [...found.slice(0, FOUND), ...foundBefore.slice(0, FOUND_BEFORE), ...found.slice(FOUND)].map(
          ({ name }) => name,
        ),
        this.#meant,
      ),
      context: budget.context,
      scale: budget.scale,
    })
  }

  /** Where not all can be shown. */
  async #nearest(): Promise<string[]> {
    const [question] = this.#turns.transcript.questions
    if (question === undefined || this.#tools.length <= ALL_UP_TO) return []
    const asked = question.slice(-MOST_QUESTION)
    const near = await this.#loops.meanings.nearest(this.#call, asked, this.#tools)
    return near.slice(0, MOST_MEANT).map(({ name }) => name)
  }

  #find(question: string): readonly Tool[] {
    return question === '' ? [] : this.#loops.host.find(this.#call, question.slice(-MOST_QUESTION))
  }

  /** What the model of the lowest level says, where levels are configured and the request fixes no model. */
  async #triaged(): Promise<Triage | undefined> {
    const { model, complexity } = this.#request.selector
    const isFixed = complexity !== undefined || (model !== undefined && model !== 'default')
    const hasLevels = [...this.#models.aliases().providers.values()].some(({ levels }) => levels.length > 0)
    const [question] = this.#turns.transcript.questions
    if (isFixed || !hasLevels || question === undefined) return undefined
    const found = this.#find(question).filter((tool) => this.#tools.includes(tool))
    const request: ModelRequest = {
      ...this.#request,
      selector: { complexity: 0 },
      body: triageBody(question, [...new Set([...found, ...this.#tools])]),
      stream: false,
      maxTokens: TRIAGE_TOKENS,
    }
    try {
      const whole = await this.#spent.on(this.#trace, (trace) =>
        answer(this.#models, this.#call, trace, request, undefined),
      )
      return readTriage(readChoices(whole)[0]?.delta.content ?? '', this.#tools)
    } catch (error) {
      this.#call.signal.throwIfAborted()
      this.#call.checkAgain()
      if (error instanceof RpcError) return undefined
      throw error
    }
  }

  #isOwn({ name }: AskedCall): boolean {
    return this.#own.some((tool) => isRecord(tool.function) && tool.function.name === name)
  }

  /** The limit that was reached. */
  #limit(): LoopEnd | undefined {
    const { rounds, tokens } = this.#loops.limits
    if (this.#rounds >= rounds) return 'rounds'
    if (this.#spent.tokens >= tokens) return 'tokens'
    return this.#msLeft() <= 0 ? 'time' : undefined
  }

  /** How long tools may still take, in milliseconds. */
  #msLeft(): number {
    const { timeoutMs, deadline } = this.#call
    const kept = Math.max(timeoutMs * LAST_ANSWER_SHARE, timeoutMs - this.#loops.limits.ms)
    return deadline - kept - performance.now()
  }

  /** Has the model answer with what it has. */
  async #finish(ended: LoopEnd): Promise<Answer> {
    const ask = (note: string) => this.#turns.ask({ tools: [], note }, this.#told)
    let given = await ask(lastWords(ended))
    if (given.text.trim() === '') given = await ask(`${lastWords(ended)} ${EMPTY}`)
    return this.#end(ended, given.text.trim() === '' ? this.#withWords(given) : given)
  }

  /** An answer of the gateway's own, in place of one that says nothing. */
  #withWords(given: Given): Given {
    const called = this.#turns.transcript.called
    const text = `The language model gave no answer in words.${called.length === 0 ? '' : ` It called ${called.join(', ')} before.`} Ask again, or ask for less at a time.`
    this.#told.say(text)
    return { ...given, text, finishReason: 'stop' }
  }

  #end(ended: LoopEnd, { whole, text, calls, finishReason: reason }: Given): Answer {
    this.#turns.keep({ text, calls })
    if (typeof whole.model === 'string') this.#model = whole.model
    const usage = this.#spent.usage
    const loop: LoopReport = {
      ended,
      rounds: this.#rounds,
      shown: this.#names,
      of: this.#tools.length,
      model: this.#model,
      ...(this.#triage ? { level: this.#triage.level } : {}),
      read: this.#calls.read,
      messages: this.#turns.transcript.said,
    }
    const finishReason = calls.length > 0 ? 'tool_calls' : reason
    const made = calls.map(({ id, name, arguments: written }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: written },
    }))
    this.#told.end(
      finishReason,
      made.map((one, index) => ({ index, ...one })),
      loop,
      this.#request.streamUsage ? usage : undefined,
    )
    const said = this.#told.text
    const message = {
      role: 'assistant',
      content: said === '' ? null : said,
      ...(made.length > 0 ? { tool_calls: made } : {}),
    }
    return {
      ...whole,
      choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
      usage,
      llmbasedos: { ...(isRecord(whole.llmbasedos) ? whole.llmbasedos : {}), loop },
    }
  }
}

const EMPTY = 'Your answer was empty. Answer in words.'
const HALF_CALL =
  'You began to call a tool, and what you wrote could not be read. Call it again, in full, or answer in words.'

const WHY: Readonly<Partial<Record<LoopEnd, string>>> = {
  rounds: 'you have called tools as often as you may',
  tokens: 'this question has used all the tokens that it may',
  time: 'there is no more time',
  repeated: 'you ask for the same again and again',
}

const lastWords = (ended: LoopEnd): string =>
  `You can call no more tools: ${WHY[ended]}. Answer now, in words: say what you found, and what is missing.`
