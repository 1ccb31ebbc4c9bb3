/** What is typed in a conversation and not sent, as it is kept on this machine. */
import { isRecord, textIn } from '../../protocol/values.ts'

export interface Draft {
  text: string
  /** Paths of served files that go with it. */
  files: readonly string[]
  /** What was sent or put aside before, oldest first. */
  earlier: readonly string[]
}

/** The folder of drafts. */
export const DRAFTS = 'drafts'

/** The name of a conversation's draft; undefined for the one that has not begun. */
export const draftName = (conversation: string | undefined): string =>
  conversation === undefined ? 'new' : encodeURIComponent(conversation.toWellFormed()).slice(0, 100)

/** As far as it can be understood; also of a conversation as earlier versions kept it. */
export function draftIn(value: unknown): Draft {
  const { text, draft, files, earlier } = isRecord(value) ? value : {}
  return { text: textIn(text) ?? textIn(draft) ?? '', files: textsIn(files), earlier: textsIn(earlier) }
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
