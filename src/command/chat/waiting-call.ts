/** Calls of answers that wait for a person's consent, in the queue of "luca approve". */
import { setTimeout as delay } from 'node:timers/promises'
import { isRecord, textIn } from '../../protocol/values.ts'
import { ADMIN } from '../admin.ts'
import type { GatewayLink } from '../link.ts'

/** How long it takes at most until a call that asks is in the queue, in looks and in milliseconds between them. */
const LOOKS = 10
const LOOK_EVERY_MS = 100

export interface WaitingCall {
  id: string
  tool: string
  /** JSON. */
  given: string
  /** What it would do, where that is known: `delete "/a.txt"`. */
  what: string | undefined
  /** What would go out. */
  text: string | undefined
  warning: string | undefined
}

/**
 * The first call of a tool, in an answer of a model, of which `seen` has no name yet; it has then. Undefined where there is none.
 * Rejects with the gateway's error, or the reason of the signal.
 */
export async function waitingCall(
  link: GatewayLink,
  tool: string,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<WaitingCall | undefined> {
  for (let look = 0; look < LOOKS; look++) {
    const { approvals } = await link.request(ADMIN.listApprovals, {}, { signal })
    for (const one of Array.isArray(approvals) ? approvals.filter(isRecord) : []) {
      const [id, way] = [textIn(one.id), textIn(one.tool)]
      if (id === undefined || way === undefined || seen.has(id) || !isOfAnswer(way, tool)) continue
      seen.add(id)
      const [given = '', what, text, warning] = [one.arguments, one.what, one.text, one.warning].map(textIn)
      return { id, tool, given, what, text, warning }
    }
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  return undefined
}

/** The call of a tool that a model made in an answer: of a conversation, or of a question alone. */
const isOfAnswer = (way: string, tool: string): boolean =>
  (way.startsWith('chat_') || way.startsWith('llm_')) && way.endsWith(` → ${tool}`)
