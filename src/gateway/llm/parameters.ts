/**
 * How a model of this machine treats each parameter of OpenAI's reference: it is done, refused by its name, or ignored
 * because it has no effect here. docs/models.md shows this table. Sources: https://platform.openai.com/docs/api-reference/chat/create,
 * …/completions/create and …/embeddings/create
 */
import type OpenAI from 'openai'
import { entryOf, isRecord } from '../../protocol/values.ts'
import { invalid, type JsonObject, type Task } from './request.ts'

type Ruling = 'done' | 'refused' | 'ignored'

export interface Parameter {
  tasks: readonly Task[]
  ruling: Ruling
  /** For `done`: whether it is passed to the model. For `refused`: values without effect, which are accepted. */
  passes?: true
  harmless?: readonly unknown[]
  note: string
}

const CHAT = ['chat'] as const
const TEXT = ['complete'] as const
const WRITING = ['chat', 'complete'] as const
const VECTORS = ['embed'] as const
const ALL = ['chat', 'complete', 'embed'] as const

const passed = (tasks: readonly Task[], note = ''): Parameter => ({
  tasks,
  ruling: 'done',
  passes: true,
  note,
})
const done = (tasks: readonly Task[], note = ''): Parameter => ({ tasks, ruling: 'done', note })
const ignored = (tasks: readonly Task[], note: string): Parameter => ({ tasks, ruling: 'ignored', note })
const refused = (tasks: readonly Task[], harmless: readonly unknown[], note: string): Parameter => ({
  tasks,
  harmless,
  note,
  ruling: 'refused',
})

const NOT_KEPT = 'nothing is stored here'
const HINT = 'a hint that does not change the answer'
const WHO = 'callers are identified by their tokens'

type OfReference =
  | keyof OpenAI.ChatCompletionCreateParams
  | keyof OpenAI.CompletionCreateParams
  | keyof OpenAI.EmbeddingCreateParams

export const LOCAL_PARAMETERS: Readonly<Record<string, readonly Parameter[]>> = {
  model: [done(ALL)],
  messages: [passed(CHAT, 'texts; images and audio are refused')],
  prompt: [passed(TEXT, 'one text, also as a list of one; token ids are refused')],
  input: [passed(VECTORS, 'one text, or a list of them; token ids are refused')],
  tools: [passed(CHAT, '`"auto"` for those of this machine ([how](tools-for-models.md))')],
  tool_choice: [passed(CHAT, '`allowed_tools` too')],
  parallel_tool_calls: [passed(CHAT)],
  response_format: [passed(WRITING)],
  max_tokens: [done(WRITING, 'no more than the context leaves')],
  max_completion_tokens: [done(WRITING, 'the newer name of `max_tokens`')],
  temperature: [passed(WRITING)],
  top_p: [passed(WRITING)],
  frequency_penalty: [passed(WRITING)],
  presence_penalty: [passed(WRITING)],
  seed: [passed(WRITING)],
  stop: [passed(WRITING)],
  stream: [done(WRITING)],
  stream_options: [done(WRITING, '`include_usage`')],
  encoding_format: [done(VECTORS, '`float` or `base64`')],
  n: [refused(WRITING, [1], 'one answer at a time')],
  best_of: [refused(TEXT, [1], 'one answer at a time')],
  logprobs: [
    refused(CHAT, [false], 'not supported on this machine'),
    refused(TEXT, [], 'not supported on this machine'),
  ],
  top_logprobs: [refused(CHAT, [0], 'not supported on this machine')],
  logit_bias: [refused(WRITING, ['{}'], '')],
  echo: [refused(TEXT, [false], '')],
  suffix: [refused(TEXT, [''], '')],
  functions: [refused(CHAT, ['[]'], 'their newer name is `tools`')],
  function_call: [refused(CHAT, ['none', 'auto'], 'its newer name is `tool_choice`')],
  audio: [refused(CHAT, [], 'models of this machine answer in text')],
  modalities: [refused(CHAT, ['["text"]'], 'models of this machine answer in text')],
  web_search_options: [refused(CHAT, [], 'give the model a tool that searches')],
  moderation: [refused(CHAT, [], 'there is no moderation here')],
  dimensions: [refused(VECTORS, [], 'the model sets the length of vectors')],
  prediction: [ignored(CHAT, HINT)],
  reasoning_effort: [ignored(CHAT, 'the model decides how long it reasons')],
  verbosity: [ignored(CHAT, 'ask for it in the prompt')],
  service_tier: [ignored(CHAT, HINT)],
  prompt_cache_key: [ignored(CHAT, 'the prompt is cached without it')],
  prompt_cache_options: [ignored(CHAT, 'the prompt is cached without it')],
  prompt_cache_retention: [ignored(CHAT, 'the prompt is cached without it')],
  store: [ignored(CHAT, NOT_KEPT)],
  metadata: [ignored(CHAT, NOT_KEPT)],
  user: [ignored(ALL, WHO)],
  safety_identifier: [ignored(CHAT, WHO)],
} satisfies Record<OfReference, readonly Parameter[]>

/** Parameters of this gateway's own, which models of this machine accept. */
const OWN = ['grammar', 'context_overflow']

/**
 * The fields of a body that are passed to a model of this machine. Throws INVALID_PARAMS, with its name, for one that is refused
 * or has a value that no model here accepts.
 */
export function localFields(task: Task, body: JsonObject): JsonObject {
  const fields = Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const parameter = entryOf(LOCAL_PARAMETERS, name)?.find(({ tasks }) => tasks.includes(task))
      if (parameter?.ruling === 'refused' && !asksForNothing(parameter, value))
        throw invalid(
          name,
          `a model of this machine does not support "${name}"${parameter.note === '' ? '' : ` (${parameter.note.replaceAll('`', '"')})`}; leave it out, or choose a model elsewhere`,
        )
      return parameter?.passes === true || OWN.includes(name)
    }),
  )
  if (task === 'embed') checkVectors(body)
  if (task === 'complete') return { ...fields, prompt: oneText(body.prompt) }
  return task === 'chat' ? { ...fields, ...chosenTools(fields) } : fields
}

const asksForNothing = ({ harmless = [] }: Parameter, value: unknown): boolean =>
  harmless.includes(typeof value === 'object' ? JSON.stringify(value) : value)

function checkVectors({ encoding_format: encoding, input }: JsonObject): void {
  if (encoding !== undefined && encoding !== 'float' && encoding !== 'base64')
    throw invalid('encoding_format', '"encoding_format" must be "float" or "base64"')
  checkTexts('input', input)
}

function oneText(prompt: unknown): unknown {
  checkTexts('prompt', prompt)
  if (!Array.isArray(prompt)) return prompt
  if (prompt.length === 1) return prompt[0]
  throw invalid('prompt', 'a model of this machine completes one text at a time; send a request for each')
}

/** Ids of tokens, which some clients make of texts unasked, are those of another model. */
function checkTexts(name: string, given: unknown): void {
  if (Array.isArray(given) && given.some((one) => typeof one !== 'string'))
    throw invalid(
      name,
      `"${name}" must be texts: a model of this machine can't read token ids (with LangChain, set check_embedding_ctx_length=False)`,
    )
}

/** Tools, and which of them may be called, as a choice among `allowed_tools` leaves them. */
function chosenTools({ tools, tool_choice: choice }: JsonObject): JsonObject {
  const offered = Array.isArray(tools) ? tools : []
  for (const tool of offered)
    if (!isRecord(tool) || tool.type !== 'function')
      throw invalid('tools', 'only tools of the type "function" can be called here')
  const isList = isRecord(choice) && choice.type === 'allowed_tools'
  if (isRecord(choice) && !isList && choice.type !== 'function')
    throw invalid('tool_choice', 'only tools of the type "function" can be chosen here')
  if (offered.length === 0 && (isRecord(choice) || choice === 'required'))
    throw invalid('tool_choice', '"tool_choice" asks for a tool, and "tools" has none')
  if (!isList) return {}
  const { mode = 'auto', tools: allowed } = isRecord(choice.allowed_tools) ? choice.allowed_tools : choice
  if (mode !== 'auto' && mode !== 'required')
    throw invalid('tool_choice', 'the mode of "allowed_tools" must be "auto" or "required"')
  const names = new Set((Array.isArray(allowed) ? allowed : []).map(nameOf))
  const left = offered.filter((tool) => names.has(nameOf(tool)))
  if (left.length < names.size || names.size === 0)
    throw invalid('tool_choice', '"allowed_tools" must name at least one tool, and none that "tools" has not')
  return { tools: left, tool_choice: mode }
}

const nameOf = (tool: unknown): unknown =>
  isRecord(tool) && isRecord(tool.function) ? tool.function.name : undefined
