/** The language models that there are. */
import type { Effect, Outcome } from './effects.ts'

/** Asks for them. It wakes the server of those of this machine. */
export const askModels = <M>(reply: (outcome: Outcome<unknown>) => M): Effect<M> => ({
  type: 'v1',
  method: 'mcp.llm.models',
  params: [],
  consent: 'person',
  reply,
})
