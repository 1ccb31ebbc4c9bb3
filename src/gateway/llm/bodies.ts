/** The body for a model, by where it is. */
import type { Candidate } from './choice.ts'
import type { Fields, ModelRequest } from './request.ts'

/** What a model of this machine is told. Clients say much more, which only their makers' servers know. */
const LOCAL_FIELDS = [
  ...['messages', 'prompt', 'input', 'tools', 'tool_choice', 'response_format', 'grammar', 'temperature'],
  ...['top_p', 'seed', 'stop', 'frequency_penalty', 'presence_penalty', 'context_overflow'],
]
/** The gateway's own words, which no provider knows. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['grammar', 'context_overflow'])

/** `maxTokens` is the longest answer that it may give; undefined where it may choose. */
export function bodyFor(
  candidate: Candidate,
  { task, body }: ModelRequest,
  maxTokens: number | undefined,
  inPieces: boolean,
): Fields {
  const limit = task === 'embed' ? undefined : maxTokens
  return candidate.where === 'local'
    ? localBody(candidate, body, limit)
    : { ...remoteBody(candidate, body, limit), ...(inPieces ? { stream: true } : {}) }
}

function localBody({ model }: Candidate, body: Fields, limit: number | undefined): Fields {
  const known = Object.entries(body).filter(([key, value]) => LOCAL_FIELDS.includes(key) && value !== null)
  return {
    ...Object.fromEntries(known),
    ...(model === undefined ? {} : { model }),
    ...(limit === undefined ? {} : { max_tokens: limit }),
  }
}

/** The limit has one name here; the server that reaches the provider knows which one is taken there. */
function remoteBody({ model }: Candidate, body: Fields, limit: number | undefined): Fields {
  const { max_tokens: _, max_completion_tokens: __, ...rest } = body
  const known = Object.entries(rest).filter(([key]) => !OWN_FIELDS.has(key))
  return { ...Object.fromEntries(known), model, ...(limit === undefined ? {} : { max_tokens: limit }) }
}
