/** Conversations as they are kept on disk. */

import { firstLine } from '../../../command/first-line.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { editorOf } from '../../model/editor.ts'
import { EMPTY_FLOW, grow, sourceOf } from '../../text/flow.ts'
import {
  type Attachment,
  type ChatEffect,
  type ChatState,
  CONVERSATIONS,
  type ToolUse,
  type Turn,
} from './state.ts'

/** How many of the lines typed before are kept with a conversation. */
const MAX_EARLIER = 200

/** Keeps the conversation as it is now; one without a word is not kept. */
export function keepNow({ name, turns, draft, earlier, model }: ChatState): ChatEffect[] {
  if (name === undefined || (turns.length === 0 && draft.text === '')) return []
  const value = {
    turns: turns.map((turn) =>
      turn.by === 'model' ? { ...turn, flow: undefined, text: sourceOf(turn.flow) } : turn,
    ),
    draft: draft.text,
    earlier: earlier.slice(-MAX_EARLIER),
    model: model ?? null,
  }
  return [{ type: 'keep', folder: CONVERSATIONS, name, value }]
}

/** A kept conversation, ready to go on; undefined where the value is none. */
export function restored(
  value: unknown,
): Pick<ChatState, 'turns' | 'draft' | 'earlier' | 'model'> | undefined {
  if (!isRecord(value) || !Array.isArray(value.turns)) return undefined
  const turns = value.turns.filter(isRecord).flatMap((turn): Turn[] => {
    const text = textIn(turn.text) ?? ''
    if (turn.by === 'person')
      return [{ by: 'person', text, attachments: recordsIn(turn.attachments).flatMap(attachmentIn) }]
    if (turn.by !== 'model') return []
    return [
      {
        by: 'model',
        flow: grow(EMPTY_FLOW, text),
        uses: recordsIn(turn.uses).flatMap(useIn),
        ended: turn.isWhole ? (textIn(turn.ended) ?? '') : 'The session ended here; Alt-R asks again.',
        isWhole: true,
      },
    ]
  })
  return {
    turns,
    draft: editorOf(textIn(value.draft) ?? ''),
    earlier: Array.isArray(value.earlier) ? value.earlier.filter((line) => typeof line === 'string') : [],
    model: typeof value.model === 'string' ? value.model : undefined,
  }
}

const recordsIn = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

const attachmentIn = ({ path, text }: Record<string, unknown>): Attachment[] =>
  typeof path === 'string' && typeof text === 'string' ? [{ path, text }] : []

/** A call of a tool; one that had not ended has failed. */
function useIn({
  id,
  name,
  arguments: given,
  state,
  result,
  isOfOthers,
}: Record<string, unknown>): ToolUse[] {
  if (typeof id !== 'string' || typeof name !== 'string' || typeof given !== 'string') return []
  const call = { id, name, arguments: given, isOpen: false, ...(isOfOthers === true && { isOfOthers }) }
  return typeof result === 'string' && (state === 'done' || state === 'failed')
    ? [{ ...call, state, result }]
    : [{ ...call, state: 'failed', result: 'It is not known whether it took effect.' }]
}

/** What a kept conversation is about, in one line. */
function titleOf(value: unknown): string {
  const kept = restored(value)
  const first = kept?.turns.find((turn) => turn.by === 'person')?.text ?? kept?.draft.text ?? ''
  const count = kept?.turns.length ?? 0
  return `${firstLine(first).slice(0, 60) || 'a draft'}  (${count} ${count === 1 ? 'message' : 'messages'})`
}

/** Finds the newest conversation, or all of them. One alone is read for it, or one after the other. */
export const findNewest: ChatEffect = {
  type: 'list',
  folder: CONVERSATIONS,
  most: 1,
  about: titleOf,
  reply: ([newest]) => ({ type: 'found', newest }),
}
export const listAll: ChatEffect = {
  type: 'list',
  folder: CONVERSATIONS,
  about: titleOf,
  reply: (kept) => ({ type: 'listed', kept }),
}

/** Reads a conversation to go on with. */
export const recall = (name: string): ChatEffect => ({
  type: 'recall',
  folder: CONVERSATIONS,
  name,
  reply: (value) => ({ type: 'recalled', name, value }),
})
