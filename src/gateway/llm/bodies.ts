/** The body for a model, by where it is. */
import type { Candidate } from './choice.ts'
import { localFields } from './parameters.ts'
import type { JsonObject, ModelRequest } from './request.ts'

/** The gateway's own words, which no provider knows. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['grammar', 'context_overflow'])

/** `maxTokens` is the longest answer that it may give; undefined where it may choose. */
export function bodyFor(
  candidate: Candidate,
  request: ModelRequest,
  maxTokens: number | undefined,
  inPieces: boolean,
): JsonObject {
  const limit = request.task === 'embed' ? undefined : maxTokens
  return candidate.where === 'local'
    ? localBody(candidate, request, limit)
    : { ...remoteBody(candidate, request.body, limit), ...(inPieces ? { stream: true } : {}) }
}

function localBody(
  { model }: Candidate,
  { task, body }: ModelRequest,
  limit: number | undefined,
): JsonObject {
  return {
    ...localFields(task, body),
    ...(model === undefined ? {} : { model }),
    ...(limit === undefined ? {} : { max_tokens: limit }),
  }
}

/** The limit has one name here; the server that reaches the provider knows which one is taken there. */
function remoteBody({ model }: Candidate, body: JsonObject, limit: number | undefined): JsonObject {
  const { max_tokens: _, max_completion_tokens: __, ...rest } = body
  const known = Object.entries(rest).filter(([key]) => !OWN_FIELDS.has(key))
  return { ...Object.fromEntries(known), model, ...(limit === undefined ? {} : { max_tokens: limit }) }
}
