/** What the view knows, and what happens to it. */
import type {
  AccountInfo,
  FolderInfo,
  MessageInfo,
  MessageList,
  ReadMessage,
} from '../../../command/mail/emails.ts'
import type { Editor } from '../../model/editor.ts'
import type { Effect, Outcome, Step } from '../../model/effects.ts'

/** What is listed: a folder, or what was found. */
export interface Listed {
  messages: readonly MessageInfo[]
  /** Where there are more. */
  next: string | undefined
  /** What the answer says of itself, such as how old it is. */
  note: string | undefined
  /** Why it is not known. */
  problem: string | undefined
  isAsked: boolean
  selected: number
}

export interface Search {
  query: Editor
  /** Whether it is being typed. */
  isTyped: boolean
  /** What was asked; empty before. */
  asked: string
  found: Listed
}

export interface Reading {
  id: number
  /** Undefined until it is there. */
  message: ReadMessage | undefined
  lines: readonly string[]
  problem: string | undefined
  top: number
}

export interface MailState {
  /** Undefined until they are known. */
  accounts: readonly AccountInfo[] | undefined
  problem: string | undefined
  /** The one that is shown; empty until there is one. */
  account: string
  folder: string
  isUnreadOnly: boolean
  listed: Listed
  search: Search | undefined
  reading: Reading | undefined
}

export type MailMessage =
  | { type: 'accounts'; outcome: Outcome<AccountInfo[]> }
  | { type: 'listed'; place: string; isMore: boolean; outcome: Outcome<MessageList> }
  | { type: 'read'; id: number; outcome: Outcome<ReadMessage> }
  | { type: 'folders'; outcome: Outcome<FolderInfo[]> }
  | { type: 'folder'; path: string | undefined }
  | { type: 'account'; id: string | undefined }
  | { type: 'do'; key: string }

export type MailStep = Step<MailState, MailMessage>
export type MailEffect = Effect<MailMessage>

export const NOTHING: Listed = {
  messages: [],
  next: undefined,
  note: undefined,
  problem: undefined,
  isAsked: false,
  selected: 0,
}

const INBOX = 'inbox'

export const INITIAL: MailState = {
  accounts: undefined,
  problem: undefined,
  account: '',
  folder: INBOX,
  isUnreadOnly: false,
  listed: NOTHING,
  search: undefined,
  reading: undefined,
}

/** Another account is begun at its inbox. */
export const ofAccount = (state: MailState, account: string): MailState => ({
  ...INITIAL,
  accounts: state.accounts,
  account,
})

/** What is in sight: what was found, once it was asked for, and else the folder. */
export const inSight = ({ search, listed }: MailState): Listed =>
  search && search.asked !== '' ? search.found : listed

export const withListed = (state: MailState, listed: Listed): MailState =>
  state.search && state.search.asked !== ''
    ? { ...state, search: { ...state.search, found: listed } }
    : { ...state, listed }

/** Which list it is: an answer for another one is too late. */
export const placeOf = ({ account, folder, isUnreadOnly, search }: MailState): string =>
  JSON.stringify(
    search && search.asked !== '' ? [account, 'search', search.asked] : [account, folder, isUnreadOnly],
  )

export const chosen = (state: MailState): MessageInfo | undefined => {
  const { messages, selected } = inSight(state)
  return messages[selected]
}
