/**
 * How each parameter of OpenAI's Responses API is treated here, whichever model answers: it is done, refused by its name, or
 * ignored because it has no effect here. docs/models.md shows this table. What is done is a chat's, with what the model makes of
 * it. Source: https://platform.openai.com/docs/api-reference/responses/create
 */
import { isRecord } from '../../../protocol/values.ts'
import { invalid, type JsonObject } from '../request.ts'

export interface ResponseParameter {
  ruling: 'done' | 'refused' | 'ignored'
  /** For `refused`: whether a value is without effect, and accepted. */
  harmless?: (value: unknown) => boolean
  note: string
}

const done = (note = ''): ResponseParameter => ({ ruling: 'done', note })
const ignored = (note: string): ResponseParameter => ({ ruling: 'ignored', note })
const refused = (note: string, harmless: (value: unknown) => boolean = never): ResponseParameter => ({
  ruling: 'refused',
  harmless,
  note,
})
const never = () => false
const is =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const NOT_KEPT = 'no answer is stored here; send the whole `input`'
const HINT = 'a hint that does not change the answer'
const NO_LOGPROBS = 'ask `/v1/chat/completions` for probabilities'

export const RESPONSE_PARAMETERS: Readonly<Record<string, ResponseParameter>> = {
  model: done(),
  input: done('texts, images by URL, function calls and their results'),
  instructions: done('a text'),
  tools: done('of the type `function`, or `"auto"` for those of this machine'),
  tool_choice: done(),
  parallel_tool_calls: done(),
  text: done('`format`, and `verbosity` for models that support it'),
  reasoning: done('`effort`, for models that support it; there is no summary'),
  max_output_tokens: done(),
  temperature: done(),
  top_p: done(),
  truncation: done('`auto` leaves out the oldest turns'),
  stream: done(),
  metadata: done('returned with the answer'),
  user: done('passed to the model'),
  background: refused(NOT_KEPT, is(false)),
  conversation: refused(NOT_KEPT),
  previous_response_id: refused(NOT_KEPT),
  prompt: refused('no prompts are stored here; send `instructions` and `input`'),
  context_management: refused('use `truncation`', isEmpty),
  moderation: refused('there is no moderation here'),
  image: refused(
    'set `detail` for each image',
    (value) => isRecord(value) && Object.keys(value).length === 0,
  ),
  top_logprobs: refused(NO_LOGPROBS, is(0)),
  include: refused(
    'it covers only tools that run elsewhere, and probabilities',
    (value) => Array.isArray(value) && value.every((one) => one === 'reasoning.encrypted_content'),
  ),
  access_programs: ignored('there are no such programs here'),
  max_tool_calls: ignored('it limits calls of tools that run elsewhere'),
  prompt_cache_key: ignored(HINT),
  prompt_cache_options: ignored(HINT),
  prompt_cache_retention: ignored(HINT),
  safety_identifier: ignored('callers are identified by their tokens'),
  service_tier: ignored(HINT),
  store: ignored('nothing is stored here, and the answer says so'),
  stream_options: ignored('events are not padded'),
}

/** Parameters of a chat that have another name here, or none: a client that sends them expects an effect. */
const OF_CHATS: Readonly<Record<string, ResponseParameter>> = {
  messages: refused('its name here is `input`'),
  max_tokens: refused('its name here is `max_output_tokens`'),
  max_completion_tokens: refused('its name here is `max_output_tokens`'),
  response_format: refused('its name here is `text.format`'),
  reasoning_effort: refused('its name here is `reasoning.effort`'),
  verbosity: refused('its name here is `text.verbosity`'),
  n: refused('one answer at a time', is(1)),
  logprobs: refused(NO_LOGPROBS, is(false)),
  functions: refused('its name here is `tools`', isEmpty),
  function_call: refused('its name here is `tool_choice`'),
  ...Object.fromEntries(
    ['stop', 'seed', 'frequency_penalty', 'presence_penalty', 'logit_bias'].map((name) => [
      name,
      refused('it is a parameter of `/v1/chat/completions`', is(0)),
    ]),
  ),
}

/** Throws INVALID_PARAMS, with its name, for a parameter that is refused and asks for something. */
export function checkParameters(body: JsonObject): void {
  for (const [name, value] of Object.entries({ ...body })) {
    if (value === undefined || value === null) continue
    const parameter = [RESPONSE_PARAMETERS, OF_CHATS].find((table) => Object.hasOwn(table, name))?.[name]
    if (parameter?.ruling === 'refused' && parameter.harmless?.(value) === false)
      throw invalid(name, `"${name}" is not possible here: ${parameter.note.replaceAll('`', '"')}`)
  }
}
