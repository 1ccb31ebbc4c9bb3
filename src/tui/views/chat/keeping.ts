/** What is typed and not sent stays on this machine. */
import { DRAFTS, type Draft, draftIn, draftName } from '../../model/draft.ts'
import { editorOf } from '../../model/editor.ts'
import type { ChatEffect, ChatState } from './state.ts'

/** How many of the lines typed before are kept with a draft. */
const MAX_EARLIER = 200

/** Keeps the draft as it is now. */
export function keepNow({ conversation, draft: { text }, files, earlier }: ChatState): ChatEffect {
  const isNothing = text === '' && files.length === 0 && earlier.length === 0
  const value: Draft = { text, files, earlier: earlier.slice(-MAX_EARLIER) }
  return { type: 'keep', folder: DRAFTS, name: draftName(conversation), value: isNothing ? undefined : value }
}

export const keepSoon: ChatEffect = { type: 'later', key: 'chat keep', ms: 500, message: { type: 'keep' } }

export const forget = (conversation: string | undefined): ChatEffect => ({
  type: 'keep',
  folder: DRAFTS,
  name: draftName(conversation),
  value: undefined,
})

export const recallDraft = (conversation: string | undefined): ChatEffect => ({
  type: 'recall',
  folder: DRAFTS,
  name: draftName(conversation),
  reply: (value) => ({ type: 'draft', conversation, value }),
})

/** With what was typed there before, unless something else is typed already. */
export function withDraft(state: ChatState, value: unknown): ChatState {
  const { text, files, earlier } = draftIn(value)
  const lines = earlier.length > 0 ? earlier : state.earlier
  if (state.draft.text !== '') return { ...state, earlier: lines }
  return { ...state, draft: editorOf(text), files, earlier: lines, recalled: 0 }
}
