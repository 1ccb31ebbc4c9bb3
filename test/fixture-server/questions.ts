/** Questions to the client that several tools and prompts ask. */
import type { InputRequest } from '../../src/protocol/mcp.ts'

/** Asks the user to fill in a form. */
export const form = (
  message: string,
  properties: Record<string, object>,
  required: readonly string[] = Object.keys(properties),
): InputRequest => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties, required } },
})

/** Asks the client's model. */
export const sample = (text: string, maxTokens = 100): InputRequest => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens },
})

export const listRoots: InputRequest = { method: 'roots/list', params: {} }

export const STRING = { type: 'string' }
export const CONFIRM = form('Please confirm', { ok: { type: 'boolean' } })
