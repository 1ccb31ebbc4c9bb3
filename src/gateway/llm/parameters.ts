/**
 * What a model of this machine makes of each parameter of OpenAI's reference: it is done, refused by its name, or ignored
 * because that is all it asks for here. docs/models.md shows this table. Sources: https://platform.openai.com/docs/api-reference/chat/create,
 * …/completions/create and …/embeddings/create
 */
import type OpenAI from 'openai'
import { entryOf } from '../../protocol/values.ts'
import { invalid, type JsonObject, type Task } from './request.ts'

type Ruling = 'done' | 'refused' | 'ignored'

export interface Parameter {
  tasks: readonly Task[]
  ruling: Ruling
  /** Of what is done: whether the model itself is told. Of what is refused: values that ask for nothing. */
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
  ...{ tasks, harmless, note },
  ruling: 'refused',
})

const NOT_KEPT = 'nothing is kept here'
const HINT = 'a hint that no answer depends on'
const WHO = 'callers are told apart by their tokens'

type OfReference =
  | keyof OpenAI.ChatCompletionCreateParams
  | keyof OpenAI.CompletionCreateParams
  | keyof OpenAI.EmbeddingCreateParams

export const LOCAL_PARAMETERS: Readonly<Record<string, readonly Parameter[]>> = {
  model: [done(ALL)],
  messages: [passed(CHAT, 'texts; pictures and sound are refused')],
  prompt: [passed(TEXT, 'one text')],
  input: [passed(VECTORS, 'one text, or a list of them')],
  tools: [passed(CHAT)],
  tool_choice: [passed(CHAT)],
  parallel_tool_calls: [passed(CHAT)],
  response_format: [passed(WRITING)],
  max_tokens: [done(WRITING, 'no more than the context leaves')],
  max_completion_tokens: [done(WRITING, 'the same by its newer name')],
  temperature: [passed(WRITING)],
  top_p: [passed(WRITING)],
  frequency_penalty: [passed(WRITING)],
  presence_penalty: [passed(WRITING)],
  seed: [passed(WRITING)],
  stop: [passed(WRITING)],
  stream: [done(WRITING)],
  stream_options: [done(WRITING, '`include_usage`')],
  encoding_format: [done(VECTORS)],
  n: [refused(WRITING, [1], 'one answer at a time')],
  best_of: [refused(TEXT, [1], 'one answer at a time')],
  logprobs: [
    refused(CHAT, [false], 'not told by this machine'),
    refused(TEXT, [], 'not told by this machine'),
  ],
  top_logprobs: [refused(CHAT, [0], 'not told by this machine')],
  logit_bias: [refused(WRITING, ['{}'], '')],
  echo: [refused(TEXT, [false], '')],
  suffix: [refused(TEXT, [''], '')],
  functions: [refused(CHAT, ['[]'], 'their newer name is `tools`')],
  function_call: [refused(CHAT, ['none', 'auto'], 'its newer name is `tool_choice`')],
  audio: [refused(CHAT, [], 'models here write')],
  modalities: [refused(CHAT, ['["text"]'], 'models here write')],
  web_search_options: [refused(CHAT, [], 'a tool can search')],
  moderation: [refused(CHAT, [], 'nobody moderates here')],
  dimensions: [refused(VECTORS, [], 'vectors are as long as the model makes them')],
  prediction: [ignored(CHAT, HINT)],
  reasoning_effort: [ignored(CHAT, 'a model here thinks as it was trained to')],
  verbosity: [ignored(CHAT, 'say it in the prompt')],
  service_tier: [ignored(CHAT, HINT)],
  prompt_cache_key: [ignored(CHAT, 'what was read is found again without')],
  prompt_cache_options: [ignored(CHAT, 'what was read is found again without')],
  prompt_cache_retention: [ignored(CHAT, 'what was read is found again without')],
  store: [ignored(CHAT, NOT_KEPT)],
  metadata: [ignored(CHAT, NOT_KEPT)],
  user: [ignored(ALL, WHO)],
  safety_identifier: [ignored(CHAT, WHO)],
} satisfies Record<OfReference, readonly Parameter[]>

/** Words of this gateway's own, which models of this machine understand. */
const OWN = ['grammar', 'context_overflow']

/** The fields of a body that a model of this machine is told. Throws INVALID_PARAMS, with its name, for one that is refused. */
export function localFields(task: Task, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      const parameter = entryOf(LOCAL_PARAMETERS, name)?.find(({ tasks }) => tasks.includes(task))
      if (parameter?.ruling === 'refused' && !asksForNothing(parameter, value))
        throw invalid(
          name,
          `a model of this machine does not do "${name}"${parameter.note === '' ? '' : ` (${parameter.note.replaceAll('`', '"')})`}; leave it out, or choose a model elsewhere`,
        )
      return parameter?.passes === true || OWN.includes(name)
    }),
  )
}

const asksForNothing = ({ harmless = [] }: Parameter, value: unknown): boolean =>
  harmless.includes(typeof value === 'object' ? JSON.stringify(value) : value)
