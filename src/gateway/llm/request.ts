/** What is asked of a language model: the shapes that callers use → one body of OpenAI's. Throws INVALID_PARAMS. */
import type { LoopRequest } from '../../contracts/tool-loop.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { isRecord, isWhole, present } from '../../protocol/values.ts'
import type { ModelSelector } from './choice.ts'

export type JsonObject = Record<string, unknown>

/** What the models of a server are asked to do. */
export type Task = 'chat' | 'complete' | 'embed'

export interface ModelRequest {
  task: Task
  selector: ModelSelector
  /** The body for the model, without what is the gateway's own to say. */
  body: JsonObject
  /** Whether the answer is wanted piece by piece. */
  stream: boolean
  /** Whether the last piece tells what it took. */
  streamUsage: boolean
  /** The longest answer that is wanted, in tokens. */
  maxTokens: number | undefined
  /** Whether the model is to be given the caller's tools; undefined where that is not said. */
  tools: 'auto' | 'none' | undefined
  /** What is said of the loop in which it calls them. */
  loop: LoopRequest
}

const MOST_CHOICES = 16
/** The text that each task is about. */
const SUBJECT: Readonly<Record<Task, string>> = { chat: 'messages', complete: 'prompt', embed: 'input' }

/**
 * Parameters of a method: `[subject, options?]`, `[{subject, options}]`, or by name, with or without `options` around the
 * rest; `messages` is the subject of a chat.
 */
export function fieldsOf(task: Task, given: unknown): JsonObject {
  const subject = SUBJECT[task]
  const [first, options] = Array.isArray(given) ? given : [given, undefined]
  if (isRecord(first)) {
    const { options: inner = {}, ...rest } = present(first)
    if (!isRecord(inner) || (options !== undefined && options !== null && !isRecord(options)))
      throw invalid('options', '"options" must be an object')
    return { ...rest, ...inner, ...options }
  }
  if (options !== undefined && options !== null && !isRecord(options))
    throw invalid('options', '"options" must be an object')
  return { [subject]: first, ...options }
}

/** Checks what the gateway itself goes by; the rest is for the model's server to judge. */
export function readRequest(task: Task, fields: JsonObject): ModelRequest {
  const {
    model,
    complexity,
    stream = false,
    stream_options: streamOptions,
    llmbasedos: loop,
    tools: given,
    ...rest
  } = present(fields)
  const { wanted, own } = readTools(given)
  const body = own === undefined ? rest : { ...rest, tools: own }
  if (model !== undefined && (typeof model !== 'string' || model === ''))
    throw invalid('model', '"model" must be the name of a model')
  if (complexity !== undefined && ![0, 1, 2].includes(complexity as number))
    throw invalid('complexity', '"complexity" must be 0, 1 or 2')
  if (typeof stream !== 'boolean') throw invalid('stream', '"stream" must be true or false')
  if (body.n !== undefined) checkWhole('n', body.n, MOST_CHOICES)
  checkSubject(task, body[SUBJECT[task]])
  return {
    task,
    selector: { model: model as string | undefined, complexity: complexity as number | undefined },
    body,
    stream: stream && task !== 'embed',
    streamUsage: isRecord(streamOptions) && streamOptions.include_usage === true,
    maxTokens: task === 'embed' ? 0 : longest(body),
    tools: task === 'chat' ? wanted : undefined,
    loop: readLoopRequest(loop),
  }
}

/**
 * `tools` of a request: a list, `"auto"` or `"none"`; a list with `"auto"` in it has tools of the client's own beside those of
 * this machine.
 */
function readTools(given: unknown): { wanted: ModelRequest['tools']; own: unknown } {
  if (given === 'auto' || given === 'none') return { wanted: given, own: undefined }
  if (typeof given === 'string') throw invalid('tools', '"tools" must be a list of tools, "auto" or "none"')
  if (!Array.isArray(given) || !given.includes('auto')) return { wanted: undefined, own: given }
  const own = given.filter((tool) => tool !== 'auto')
  return { wanted: 'auto', own: own.length === 0 ? undefined : own }
}

/** Names of tools as servers may have them; of anything else a person would be told. */
const TOOL = /^[\w-]{1,64}$/
const MOST_TOOLS = 1000

function readLoopRequest(given: unknown): LoopRequest {
  if (given === undefined) return {}
  if (!isRecord(given)) throw invalid('llmbasedos', '"llmbasedos" must be an object')
  const { tools, read, shown, steps } = present(given)
  for (const [name, names] of Object.entries({ tools, read, shown }))
    if (names !== undefined && !areTools(names))
      throw invalid('llmbasedos', `"llmbasedos.${name}" must be a list of names of tools`)
  if (steps !== undefined && typeof steps !== 'boolean')
    throw invalid('llmbasedos', '"llmbasedos.steps" must be true or false')
  return { tools, read, shown, steps } as LoopRequest
}

const areTools = (names: unknown): boolean =>
  Array.isArray(names) &&
  names.length <= MOST_TOOLS &&
  names.every((name) => typeof name === 'string' && TOOL.test(name))

function checkSubject(task: Task, value: unknown): void {
  if (task === 'chat') {
    if (!Array.isArray(value) || value.length === 0)
      throw invalid('messages', '"messages" must be a list of at least one message')
    for (const message of value)
      if (!isRecord(message) || typeof message.role !== 'string')
        throw invalid('messages', 'each of "messages" must be an object with "role" and "content"')
  } else if (typeof value !== 'string' && !(Array.isArray(value) && value.length > 0))
    throw invalid(SUBJECT[task], `"${SUBJECT[task]}" must be a text, or a list of texts`)
}

/** The shorter of the two that OpenAI has names for. */
function longest({ max_tokens: a, max_completion_tokens: b }: JsonObject): number | undefined {
  const given = Object.entries({ max_tokens: a, max_completion_tokens: b }).filter(
    ([, value]) => value !== undefined && value !== null,
  )
  for (const [name, value] of given) checkWhole(name, value, Number.MAX_SAFE_INTEGER)
  return given.length === 0 ? undefined : Math.min(...given.map(([, value]) => value as number))
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (!isWhole(value, 1, most))
    throw invalid(
      name,
      `"${name}" must be a whole number from 1${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
    )
}

export const invalid = (param: string, what: string): RpcError =>
  new RpcError('INVALID_PARAMS', `${what}.`, { data: { code: 'invalid_request', param } })
