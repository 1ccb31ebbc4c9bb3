/**
 * What is said between a process that holds a model (servers/llm-local/worker) and whoever started it: the server, or
 * `luca model bench`. Bodies are in OpenAI's shape.
 */
import type { ChatDelta } from '../protocol/model-delta.ts'
import type { ModelKind } from './describe.ts'

/** Why a request can't be done; the codes of the error that a client sees. */
export type EngineErrorCode =
  | 'no_model'
  | 'unknown_model'
  | 'bad_model_file'
  | 'out_of_memory'
  | 'context_length_exceeded'
  | 'queue_full'
  | 'invalid_request'
  | 'worker_died'
  | 'broken_answer'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineErrorCode
  /** Numbers and names that belong to it, for programs. */
  readonly details: Readonly<Record<string, unknown>>
  constructor(
    code: EngineErrorCode,
    message: string,
    options: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(message, options)
    this.code = code
    this.details = options.details ?? {}
  }
}

export interface ToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export interface ChatMessage {
  role: string
  content?: string | { type: string; text?: string; refusal?: string }[] | null
  tool_calls?: ToolCall[]
  tool_call_id?: string
  name?: string
}

export interface FunctionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    parameters?: Record<string, unknown>
    strict?: boolean | null
  }
}

export type ToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } }

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | { type: 'json_schema'; json_schema: { schema?: Record<string, unknown> } }

export interface Sampling {
  max_tokens?: number
  max_completion_tokens?: number
  temperature?: number
  top_p?: number
  seed?: number
  stop?: string | string[]
  frequency_penalty?: number
  presence_penalty?: number
  response_format?: ResponseFormat
  /** In GBNF, llama.cpp's notation. */
  grammar?: string
}

export interface ChatRequest extends Sampling {
  messages: ChatMessage[]
  tools?: FunctionTool[]
  tool_choice?: ToolChoice
  /** Whether it may call several at once. */
  parallel_tool_calls?: boolean
  context_overflow?: 'error' | 'drop_oldest'
}

export interface CompletionRequest extends Sampling {
  prompt: string
}

export interface CountRequest {
  messages?: ChatMessage[]
  tools?: FunctionTool[]
  text?: string
}

export interface Counted {
  tokens: number
  /** How many it can see at once. */
  context: number
  /** Whether it can be given tools. */
  tools: boolean
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

export interface Generated {
  content: string
  toolCalls: ToolCall[]
  finishReason: FinishReason
  promptTokens: number
  /** Of the prompt, those that were still there from the request before. */
  cachedTokens: number
  completionTokens: number
  droppedMessages: number
}

export interface Embedded {
  vectors: number[][]
  promptTokens: number
}

export type GpuChoice = 'auto' | 'cuda' | 'vulkan' | 'off'

/** The GPU that is used. */
export interface Gpu {
  backend: string
  /** Its name, or those of several. */
  name: string
  /** Its memory, in bytes. */
  totalBytes: number
  freeBytes: number
  /** The release of llama.cpp that uses it. */
  build: string
}

export interface LoadOptions {
  path: string
  kind: ModelKind
  /** In tokens. */
  context: number
  /** So many, or as many as fit into the GPU's memory, but no more than `atMost`. */
  gpuLayers: number | { atMost: number | undefined }
  /** Measured if undefined. */
  threads: number | undefined
}

export interface Loaded {
  threads: number
  /** Tokens a second by number of threads, where that was measured. */
  measured: Record<number, number>
  gpuLayers: number
  loadMs: number
}

/** What can be asked of the process, with what it answers. Each is answered once; `chat` and `complete` give deltas before. */
export interface Engine {
  /** Comes first; answers with the GPU that models will be loaded to, if there is one. */
  open: { request: { gpu: GpuChoice }; answer: { gpu: Gpu | undefined } }
  load: { request: LoadOptions; answer: Loaded }
  chat: { request: ChatRequest; answer: Generated }
  complete: { request: CompletionRequest; answer: Generated }
  embed: { request: { input: string[] }; answer: Embedded }
  count: { request: CountRequest; answer: Counted }
  /** Measures a model that writes. */
  speed: { request: { threads: number }; answer: { tokensPerSecond: number } }
}

export type EngineMethod = keyof Engine

export type ToEngine =
  | { [M in EngineMethod]: { id: number; method: M; request: Engine[M]['request'] } }[EngineMethod]
  | { cancel: number }

export type FromEngine =
  | { id: number; delta: ChatDelta }
  /** It must be heard of again within so many milliseconds: llama.cpp works on what a stranger may have written. Null: it may take its time. */
  | { id: number; nextWithinMs: number | null }
  | { id: number; answer: Engine[EngineMethod]['answer'] }
  | {
      id: number
      error: { code: EngineErrorCode; message: string; details: Readonly<Record<string, unknown>> }
    }
