/** A loaded model that writes: chat and completion, on one context that keeps what it has read. */
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import {
  type ChatMessage,
  type ChatRequest,
  type CompletionRequest,
  type Counted,
  type CountRequest,
  type Delta,
  EngineError,
  type FunctionTool,
  type Generated,
  type Sampling,
} from '../../../models/engine.ts'
import { AnswerText } from './answer-text.ts'
import { Burst } from './burst.ts'
import { askedTokens, checkRoom, fit } from './fitting.ts'
import { type GenerationResult, generate } from './generation.ts'
import { type Constraint, grammarFor, ofSchema } from './grammar.ts'
import { controlMarks, marksSplitter } from './marks.ts'
import { PromptReader } from './prompt-reader.ts'
import { ChatTemplate } from './template.ts'
import { callSchema, FORMAT_NAMES, formatOf, parseCalls, type ToolCallFormat } from './tool-calls.ts'

/** Pieces of an answer are passed on at most so often, in milliseconds: nobody reads faster. */
const BURST_MS = 25

export type OnDelta = (delta: Delta) => void

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

  /** Tools that the model can't be told of are not in its prompt. */
  count({ messages, tools, text }: CountRequest): Counted {
    const canCall = this.#callFormat !== undefined
    const prompt = messages === undefined ? (text ?? '') : this.#render(messages, canCall ? tools : [])
    return { tokens: this.#tokenize(prompt).length, context: this.#sequence.contextSize, tools: canCall }
  }

  async chat(request: ChatRequest, signal: AbortSignal, onDelta: OnDelta): Promise<Generated> {
    const tooling = this.#toolingOf(request)
    const forced = tooling?.forced === true
    const constraint = forced
      ? await ofSchema(this.#model.llama, this.#model, callSchema(tooling.format, tooling.tools))
      : await this.#constraintOf(request)
    const { tokens, dropped } = fit(request, this.#sequence.contextSize, (messages) =>
      this.#tokenize(this.#render(messages, tooling?.tools) + (forced ? tooling.format.open : '')),
    )
    const text = new AnswerText({
      stops: stopsOf(request),
      trimEnd: request.response_format !== undefined && request.response_format.type !== 'text',
      ...(tooling && !forced ? { callOpening: tooling.format.open, bareCalls: tooling.format.isBare } : {}),
    })
    onDelta({ role: 'assistant', content: '' })
    // A call that was forced is nothing to show before it is whole.
    const send = forced ? () => {} : (content: string) => onDelta({ content })
    const result = await this.#generate(tokens, request, {
      constraint,
      text,
      signal,
      send,
      withMarks: !!tooling,
    })
    const toolCalls = tooling ? this.#callsOf(tooling, text, send) : []
    if (toolCalls.length > 0) onDelta({ tool_calls: toolCalls.map((call, index) => ({ index, ...call })) })
    return {
      ...result.counts,
      content: forced && toolCalls.length > 0 ? '' : text.shown,
      toolCalls,
      finishReason: toolCalls.length > 0 ? 'tool_calls' : result.ended ? 'stop' : 'length',
      droppedMessages: dropped,
    }
  }

  async complete(request: CompletionRequest, signal: AbortSignal, onDelta: OnDelta): Promise<Generated> {
    const tokens = this.#tokenize(request.prompt)
    checkRoom(tokens.length, askedTokens(request), this.#sequence.contextSize)
    const constraint = await this.#constraintOf(request)
    const text = new AnswerText({ stops: stopsOf(request) })
    const send = (content: string) => onDelta({ content })
    const result = await this.#generate(tokens, request, { constraint, text, signal, send, withMarks: false })
    return {
      ...result.counts,
      content: text.shown,
      toolCalls: [],
      finishReason: result.ended ? 'stop' : 'length',
      droppedMessages: 0,
    }
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
      grammar: constraint?.(),
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

  #constraintOf({ grammar, response_format: format }: Sampling): Promise<Constraint | undefined> {
    return grammarFor(this.#model.llama, this.#model, { grammar, format })
  }

  #toolingOf({ tools = [], tool_choice: choice = 'auto', ...rest }: ChatRequest): Tooling | undefined {
    if (tools.length === 0 || choice === 'none') return undefined
    if (
      rest.grammar !== undefined ||
      (rest.response_format !== undefined && rest.response_format.type !== 'text')
    )
      throw new EngineError(
        'invalid_request',
        'A model on this machine can either call tools or keep to a grammar or schema: leave "tools" out, or "response_format" and "grammar".',
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
