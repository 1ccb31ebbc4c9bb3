/** How long a context a model gets on this machine, and whether it fits at all. */
import { type ModelDescription, memoryNeeded } from './describe.ts'

/** What is given where nothing else is asked for and there is memory for it, in tokens. */
export const DEFAULT_CONTEXT = 8192
/** A shorter one is of no use for a conversation. */
const SHORTEST_DEFAULT = 2048

export type Fit =
  | { fits: true; context: number; needed: number }
  | { fits: false; context: number; needed: number }

/**
 * The context for a model in so many bytes of memory. One that was asked for is given or refused; otherwise it is
 * DEFAULT_CONTEXT, or the half or a quarter of it where only that fits. Never longer than what the model was trained for.
 */
export function fitContext(model: ModelDescription, available: number, asked?: number): Fit {
  const longest = Math.min(asked ?? DEFAULT_CONTEXT, model.trainedContext)
  for (let context = longest; ; context = Math.floor(context / 2)) {
    const needed = memoryNeeded(model, context)
    if (needed <= available) return { fits: true, context, needed }
    if (asked !== undefined || context / 2 < Math.min(SHORTEST_DEFAULT, longest))
      return { fits: false, context, needed }
  }
}
