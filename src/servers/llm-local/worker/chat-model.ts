/** A loaded model that writes: chat and completion, on one context that keeps what it has read. */
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import {
  type ChatMessage,
  type ChatRequest,
  type CompletionRequest,
  type Counted,
  type CountRequest,
  EngineError,
  type FunctionTool,
  type Generated,
  type Sampling,
} from '../../../models/engine.ts'
import type { ChatDelta } from '../../../protocol/model-delta.ts'
import { AnswerText } from './answer-text.ts'
import { Burst } from './burst.ts'
import { askedTokens, checkRoom, fit } from './fitting.ts'
import { type GenerationResult, generate } from './generation.ts'
import { type Constraint, constraintFor } from './grammar.ts'
import { controlMarks, marksSplitter } from './marks.ts'
import { PromptReader } from './prompt-reader.ts'
import { ChatTemplate } from './template.ts'
import { FORMAT_NAMES, formatOf, parseCalls, type ToolCallFormat } from './tool-calls.ts'

/** Pieces of an answer are passed on at most so often, in milliseconds: people do not read faster. */
const BURST_MS = 25

/** What is sent on the way to an answer. */
export interface Telling {
  onDelta(delta: ChatDelta): void
  /** It must be heard of again within so many milliseconds, or is ended; undefined: it may take its time. */
  nextWithin(ms: number | undefined): void
}

interface Tooling {
  tools: readonly FunctionTool[]
  format: ToolCallFormat
  /** Whether the model must call one of them. */
  forced: boolean
}

export class ChatModel {
  readonly #model: LlamaModel
  readonly #sequence: LlamaContextSequence
  readonly #template: ChatTemplate
  readonly #reader = new PromptReader()
  readonly #splitMarks: <T>(value: T) => T

  /** Throws an EngineError where the chat template can't be read. */
  constructor(model: LlamaModel, sequence: LlamaContextSequence, template: string | undefined) {
    this.#model = model
    this.#sequence = sequence
    const { bosString, eosString } = model.tokens
    this.#splitMarks = marksSplitter(controlMarks(model))
    this.#template = new ChatTemplate(template, { bos: bosString ?? '', eos: eosString ?? '' })
  }

  /** Tools that the model can't be given are not in its prompt. */
  count({ messages, tools, text }: CountRequest): Counted {
    const canCall = this.#callFormat !== undefined
    const prompt = messages === undefined ? (text ?? '') : this.#render(messages, canCall ? tools : [])
    return { tokens: this.#tokenize(prompt).length, context: this.#sequence.contextSize, tools: canCall }
  }

  async chat(request: ChatRequest, signal: AbortSignal, telling: Telling): Promise<Generated> {
    const { onDelta } = telling
    const tooling = this.#toolingOf(request)
    const constraint = await this.#constraintOf(request, tooling, telling)
    onDelta({ role: 'assistant', content: '' })
    // What is not known to be right before it is whole, and a call that was forced, is nothing to show before.
    const isHeld = tooling?.forced === true || constraint?.isExact === false
    const answer = await this.#checked(request, constraint, async (asked) =>
      this.#answer(asked, tooling, constraint, signal, isHeld ? () => {} : (content) => onDelta({ content })),
    )
    if (isHeld && answer.content !== '') onDelta({ content: answer.content })
    const { toolCalls } = answer
    if (toolCalls.length > 0) onDelta({ tool_calls: toolCalls.map((call, index) => ({ index, ...call })) })
    return answer
  }

  /** Asks again, once, where an answer does not keep to what it has to. */
  async #checked(
    request: ChatRequest,
    constraint: Constraint | undefined,
    answer: (request: ChatRequest) => Promise<Generated & { written: string }>,
  ): Promise<Generated> {
    const { written, ...first } = await answer(request)
    const problem = problemIn(first, constraint)
    if (problem === undefined) return first
    if (constraint?.isExact === true) throw broken(problem)
    const { written: _, ...second } = await answer(corrected(request, written, problem)).catch(
      (error: unknown) => {
        if (!(error instanceof EngineError) || error.code !== 'context_length_exceeded') throw error
        return answer(withOtherSeed(request))
      },
    )
    const still = problemIn(second, constraint)
    if (still !== undefined) throw broken(still)
    return {
      ...second,
      promptTokens: first.promptTokens,
      droppedMessages: first.droppedMessages,
      completionTokens: first.completionTokens + second.completionTokens,
    }
  }

  async #answer(
    request: ChatRequest,
    tooling: Tooling | undefined,
    constraint: Constraint | undefined,
    signal: AbortSignal,
    send: (content: string) => void,
  ): Promise<Generated & { written: string }> {
    const forced = tooling?.forced === true
    const { tokens, dropped } = fit(request, this.#sequence.contextSize, (messages) =>
      this.#tokenize(this.#render(messages, tooling?.tools) + (forced ? tooling.format.open : '')),
    )
    const text = new AnswerText({
      stops: stopsOf(request),
      trimEnd: request.response_format !== undefined && request.response_format.type !== 'text',
      ...(tooling && !forced ? { callOpening: tooling.format.open, bareCalls: tooling.format.isBare } : {}),
    })
    const withMarks = tooling !== undefined
    const result = await this.#generate(tokens, request, { constraint, text, signal, send, withMarks })
    const written = text.shown + (text.call ?? '')
    const calls = tooling ? this.#callsOf(tooling, text, send) : []
    const toolCalls = request.parallel_tool_calls === false ? calls.slice(0, 1) : calls
    return {
      ...result.counts,
      content: forced && toolCalls.length > 0 ? '' : text.shown,
      written: forced ? tooling.format.open + written + tooling.format.close : written,
      toolCalls,
      finishReason: toolCalls.length > 0 ? 'tool_calls' : result.ended ? 'stop' : 'length',
      droppedMessages: dropped,
    }
  }

  async complete(request: CompletionRequest, signal: AbortSignal, telling: Telling): Promise<Generated> {
    const tokens = this.#tokenize(request.prompt)
    checkRoom(tokens.length, this.#sequence.contextSize)
    const constraint = await this.#constraintOf(request, undefined, telling)
    const isHeld = constraint?.isExact === false
    const send = (content: string) => telling.onDelta({ content })
    const answer = async (sampling: Sampling): Promise<Generated> => {
      const text = new AnswerText({ stops: stopsOf(request) })
      const result = await this.#generate(tokens, sampling, {
        constraint,
        text,
        signal,
        withMarks: false,
        send: isHeld ? () => {} : send,
      })
      return {
        ...result.counts,
        content: text.shown,
        toolCalls: [],
        droppedMessages: 0,
        finishReason: result.ended ? 'stop' : 'length',
      }
    }
    let given = await answer(request)
    if (isHeld && problemIn(given, constraint) !== undefined) {
      const { completionTokens } = given
      given = await answer(withOtherSeed(request))
      given.completionTokens += completionTokens
    }
    const problem = problemIn(given, constraint)
    if (problem !== undefined) throw broken(problem)
    if (isHeld) send(given.content)
    return given
  }

  async #generate(
    prompt: Token[],
    sampling: Sampling,
    {
      constraint,
      text,
      signal,
      send,
      withMarks,
    }: {
      constraint: Constraint | undefined
      text: AnswerText
      signal: AbortSignal
      send(content: string): void
      withMarks: boolean
    },
  ): Promise<
    Pick<GenerationResult, 'ended'> & {
      counts: Pick<Generated, 'promptTokens' | 'cachedTokens' | 'completionTokens'>
    }
  > {
    const burst = new Burst(send, BURST_MS)
    const room = this.#sequence.contextSize - prompt.length
    const { cachedTokens, completionTokens, ended } = await generate(this.#sequence, prompt, {
      sampling,
      grammar: constraint && { state: constraint.grammar(), nextWithin: constraint.nextWithin },
      maxTokens: Math.min(askedTokens(sampling) ?? room, room),
      reader: this.#reader,
      text,
      withMarks,
      signal,
      onText: (piece) => burst.push(piece),
    })
    burst.push(text.end())
    burst.flush()
    return { ended, counts: { promptTokens: prompt.length, cachedTokens, completionTokens } }
  }

  /** The calls in an answer; what only looked like one becomes text again. */
  #callsOf({ format, tools, forced }: Tooling, text: AnswerText, send: (content: string) => void) {
    const calls = parseCalls(format, forced ? text.shown : (text.call ?? ''), tools)
    if (calls === undefined && text.call !== undefined) send(text.giveCallBack())
    return calls ?? []
  }

  /** How it writes calls of tools; undefined where it knows none of the ways that are known here. */
  get #callFormat(): ToolCallFormat | undefined {
    return this.#template.knowsTools ? formatOf(this.#template.text) : undefined
  }

  #constraintOf(
    sampling: Sampling,
    calls: Tooling | undefined,
    { nextWithin }: Telling,
  ): Promise<Constraint | undefined> {
    return constraintFor(this.#model, { ...sampling, calls }, nextWithin)
  }

  #toolingOf({ tools = [], tool_choice: choice = 'auto', ...rest }: ChatRequest): Tooling | undefined {
    if (tools.length === 0 || choice === 'none') return undefined
    if (rest.grammar !== undefined)
      throw new EngineError(
        'invalid_request',
        'A model on this machine can either call tools or keep to a grammar: leave "tools" out, or "grammar".',
      )
    const format = this.#callFormat
    if (format === undefined)
      throw new EngineError(
        'invalid_request',
        `The chat template of this model has no way of calling tools that is known here (${FORMAT_NAMES.join(', ')}). "luca model list" shows models that have.`,
      )
    const named = typeof choice === 'object' ? choice.function.name : undefined
    const chosen = named === undefined ? tools : tools.filter((tool) => tool.function.name === named)
    if (chosen.length === 0)
      throw new EngineError(
        'invalid_request',
        `"tool_choice" names "${named}", which is not among the tools.`,
      )
    return { tools: chosen, format, forced: choice === 'required' || named !== undefined }
  }

  /** The template alone says who speaks: marks in the messages are not taken for marks. */
  #render(messages: readonly ChatMessage[], tools: readonly FunctionTool[] = []): string {
    return this.#template.render(this.#splitMarks(messages), this.#splitMarks(tools))
  }

  /** Many templates write the mark of the beginning themselves; there must be one. */
  #tokenize(prompt: string): Token[] {
    const tokens = this.#model.tokenize(prompt, true)
    const { bos, shouldPrependBosToken } = this.#model.tokens
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens
  }
}

const stopsOf = ({ stop = [] }: Sampling): string[] => (typeof stop === 'string' ? [stop] : stop)

/** What is wrong with an answer that ended by itself: one that was cut off says so. */
const problemIn = (
  { content, toolCalls, finishReason }: Generated,
  constraint: Constraint | undefined,
): string | undefined => (finishReason === 'length' ? undefined : constraint?.problemWith(content, toolCalls))

const broken = (problem: string): EngineError =>
  new EngineError(
    'broken_answer',
    `The model did not keep to the schema, when it was asked again either: ${problem}. Say in the prompt what is wanted, or make the schema simpler.`,
  )

const withOtherSeed = <T extends Sampling>(request: T): T =>
  request.seed === undefined ? request : { ...request, seed: request.seed + 1 }

/** The same again, with what was wrong. */
const corrected = (request: ChatRequest, written: string, problem: string): ChatRequest => ({
  ...withOtherSeed(request),
  messages: [
    ...request.messages,
    { role: 'assistant', content: written },
    {
      role: 'user',
      content: `That does not keep to the schema: ${problem}. Answer again, in the same form.`,
    },
  ],
})
