/** What a server of others asks of a client's person: it says who asks, and can't be taken for the question of another. */
import { bounded, cleaned, cleanText } from '../../protocol/foreign-text.ts'
import { type ClientCapabilities, type InputRequest, META } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'

/** The longest question that is shown, in characters. */
const MAX_QUESTION = 2000

/** A question of the server of that name as a person reads it. */
export function asAskedBy(server: string, { method, params = {} }: InputRequest): InputRequest {
  const who = `The server "${server}", which others wrote, asks`
  const rest = {
    ...(params as Record<string, unknown>),
    _meta: { [META.untrusted]: 'server', [META.askedBy]: server },
  } as Record<string, unknown>
  if (method === 'elicitation/create') {
    const message = typeof rest.message === 'string' ? bounded(cleanText(rest.message), MAX_QUESTION) : ''
    const { requestedSchema } = rest
    const schema = requestedSchema === undefined ? {} : { requestedSchema: cleaned(requestedSchema) }
    return { method, params: { ...rest, message: `${who}: ${message}`, ...schema } } as never
  }
  if (method === 'sampling/createMessage') {
    const own = typeof rest.systemPrompt === 'string' ? rest.systemPrompt : ''
    return {
      method,
      params: { ...rest, systemPrompt: `(${who} this.)${own === '' ? '' : `\n${own}`}` },
    } as never
  }
  return { method, params: rest } as never
}

/** Of what a client can be asked, all that makes a difference to a server: whatever else it says of itself makes none. */
export function askable({ sampling, elicitation, roots }: ClientCapabilities): ClientCapabilities {
  const parts = (of: Record<string, unknown>, ...names: string[]) =>
    Object.fromEntries(names.filter((name) => isRecord(of[name])).map((name) => [name, {}]))
  return {
    ...(isRecord(sampling) ? { sampling: parts(sampling, 'tools') } : {}),
    ...(isRecord(elicitation) ? { elicitation: parts(elicitation, 'form', 'url') } : {}),
    ...(isRecord(roots) ? { roots: {} } : {}),
  }
}
