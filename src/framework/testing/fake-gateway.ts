/** What stands in for the gateway in tests of a server: it answers what the server's handlers ask of it, and keeps what that was. */
import type { PeerRequest, PeerRequestHandler } from '../../client/peer-requests.ts'
import { GATEWAY } from '../../protocol/calls.ts'
import type { ChatAnswer, ChatRequest, GatewayModel } from '../../protocol/define.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type CallToolResult, NOTIFICATION, type ResourceContents, type Result } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { FakeWakeList } from './fake-wake-list.ts'

type Given<T> = T | Promise<T>

/** What others would answer. What throws, fails as it would there: a tool by its result, all else by an RpcError. */
export interface GatewayAnswers {
  /** By the name of the tool as clients see it; a text stands for a result of that text. */
  tools?: Readonly<Record<string, (args: Record<string, unknown>) => Given<CallToolResult | string>>>
  /** By the URI; a text stands for contents of that text. */
  resources?: Readonly<Record<string, () => Given<ResourceContents[] | string>>>
  /** The text of the answer, or its parts as they come. Where it is asked for in parts, each word of a text is one. */
  chat?(request: ChatRequest): Given<string | AsyncIterable<string>>
  /** The steps of the loop that are told before the answer. */
  steps?: readonly unknown[]
  /** What `llmbasedos.loop` of the answer says. */
  loop?(request: ChatRequest): unknown
  /** How many tokens a conversation has, and the context of the model. */
  count?(request: ChatRequest): Given<{ tokens: number; context: number | null }>
  /** A vector for each text. */
  embed?(texts: readonly string[], model?: string): Given<number[][]>
  models?(): Given<readonly GatewayModel[]>
}

export interface AskedOfGateway {
  method: string
  /** Without the id of the call that it was asked within. */
  params: Record<string, unknown>
}

export class FakeGateway implements PeerRequestHandler {
  /** All that was asked, in its order. */
  readonly asked: AskedOfGateway[] = []
  /** What the server asked to be woken for, told and hears. */
  readonly wakeList = new FakeWakeList()
  readonly #answers: GatewayAnswers

  constructor(answers: GatewayAnswers = {}) {
    this.#answers = answers
  }

  async answer(peer: PeerRequest): Promise<Result> {
    const { method } = peer
    const { call: _, ...params } = peer.params
    this.asked.push({ method, params })
    const { name, uri, request } = params
    switch (method) {
      case GATEWAY.callTool:
        return this.#tool(String(name), isRecord(params.arguments) ? params.arguments : {})
      case GATEWAY.readResource:
        return this.#resource(String(uri))
      case GATEWAY.chat:
        return this.#chat(isRecord(request) ? request : {}, peer)
      case GATEWAY.embed:
        return this.#embed(isRecord(request) ? request : {})
      case GATEWAY.count:
        return this.#count(isRecord(request) ? request : {})
      case GATEWAY.models:
        return this.#models()
      default: {
        const kept = this.wakeList.answer(method, params)
        if (kept) return { resultType: 'complete', ...kept }
        throw new RpcError('METHOD_NOT_FOUND', `The fake gateway does not know ${method}.`)
      }
    }
  }

  async holdRequest(): Promise<() => void> {
    return () => {}
  }

  holdAnswer(): () => void {
    return () => {}
  }

  async #tool(name: string, args: Record<string, unknown>): Promise<CallToolResult> {
    const { tools = {} } = this.#answers
    const answer = Object.hasOwn(tools, name) ? tools[name] : undefined
    if (!answer) throw none('tool', name)
    const result = await answer(args)
    return typeof result === 'string'
      ? { resultType: 'complete', content: [{ type: 'text', text: result }] }
      : result
  }

  async #resource(uri: string): Promise<Result> {
    const { resources = {} } = this.#answers
    const answer = Object.hasOwn(resources, uri) ? resources[uri] : undefined
    if (!answer) throw none('resource', uri)
    const contents = await answer()
    return {
      resultType: 'complete',
      contents: typeof contents === 'string' ? [{ uri, text: contents }] : contents,
    }
  }

  async #chat(given: Record<string, unknown>, peer: PeerRequest): Promise<Result> {
    const { stream, messages, ...parameters } = given
    if (!this.#answers.chat) throw none('model', 'for chat')
    const request = { ...parameters, messages: Array.isArray(messages) ? messages : [] }
    const answer = await this.#answers.chat(request)
    const tell = (chunk: Record<string, unknown>) =>
      stream === true && !peer.cancellation.aborted
        ? peer.notify(NOTIFICATION.llmChunk, { chunk })
        : undefined
    for (const step of this.#answers.steps ?? []) await tell({ choices: [], llmbasedos: { step } })
    let content = ''
    for await (const part of typeof answer === 'string' ? (answer.match(/\S+\s*/g) ?? []) : answer) {
      content += part
      await tell({ choices: [{ index: 0, delta: { content: part } }] })
    }
    const loop = this.#answers.loop?.(request)
    const value: ChatAnswer = {
      model: 'fake',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      ...(loop !== undefined && { llmbasedos: { loop } }),
    }
    return { resultType: 'complete', value }
  }

  async #count(given: Record<string, unknown>): Promise<Result> {
    if (!this.#answers.count) throw none('model', 'to count tokens')
    const messages = Array.isArray(given.messages) ? given.messages : []
    return { resultType: 'complete', value: await this.#answers.count({ ...given, messages }) }
  }

  async #models(): Promise<Result> {
    const models = (await this.#answers.models?.()) ?? []
    return {
      resultType: 'complete',
      value: {
        data: models.map(({ name, provider, ...known }) => ({ id: name, owned_by: provider, ...known })),
      },
    }
  }

  async #embed({ input, model }: Record<string, unknown>): Promise<Result> {
    if (!this.#answers.embed) throw none('model', 'for embeddings')
    const texts = Array.isArray(input) ? input.map(String) : []
    const vectors = await this.#answers.embed(texts, typeof model === 'string' ? model : undefined)
    return {
      resultType: 'complete',
      value: { data: vectors.map((embedding, index) => ({ index, embedding })) },
    }
  }
}

const none = (what: string, name: string): RpcError =>
  new RpcError('INVALID_PARAMS', `The test gave the gateway no ${what} ${name}.`)
