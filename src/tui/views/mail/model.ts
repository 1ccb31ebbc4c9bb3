/** Mail: the accounts of the user, what is in their folders, what is found, and an email as it is read. Nothing is changed here. */
import {
  accountsIn,
  foldersIn,
  type MessageList,
  messagesIn,
  readMessageIn,
} from '../../../command/mail/emails.ts'
import { quote } from '../../../line/words.ts'
import { structureIn } from '../../model/answers.ts'
import { editorKey, insert, NO_TEXT } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import { moved } from '../../model/selection.ts'
import type { Action, Area, ViewEvent } from '../../model/view.ts'
import { linesOf } from '../../text/long-text.ts'
import { LIST_ROWS, lastTopOf, READING_ROWS } from './draw.ts'
import {
  chosen,
  inSight,
  type Listed,
  type MailEffect,
  type MailMessage,
  type MailState,
  type MailStep,
  NOTHING,
  ofAccount,
  placeOf,
  withListed,
} from './state.ts'

/** So many are asked for at a time, and so much of a text is read, in characters. */
const MOST = 50
const TEXT_CHARS = 100_000

export function update(state: MailState, message: MailMessage | ViewEvent, area: Area): MailStep {
  switch (message.type) {
    case 'shown':
      return step(state, askAccounts)
    case 'accounts': {
      const { outcome } = message
      if (!outcome.ok) return step({ ...state, problem: outcome.error })
      const accounts = outcome.value
      const isThere = accounts.some(({ id }) => id === state.account)
      const next = isThere ? state : ofAccount(state, accounts[0]?.id ?? '')
      const known = { ...next, accounts, problem: undefined }
      return accounts.length === 0 ? step(known) : asked(known, {})
    }
    case 'listed':
      return step(listed(state, message))
    case 'read': {
      const { id, outcome } = message
      if (state.reading?.id !== id) return step(state)
      const reading = outcome.ok
        ? { ...state.reading, message: outcome.value, lines: linesOf(outcome.value.text) }
        : { ...state.reading, problem: outcome.error }
      return step({ ...state, reading })
    }
    case 'folders':
      return chooseFolder(state, message.outcome)
    case 'folder':
      return message.path === undefined
        ? step(state)
        : asked({ ...state, folder: message.path, search: undefined, listed: NOTHING }, {})
    case 'account':
      return message.id === undefined ? step(state) : asked(ofAccount(state, message.id), {})
    case 'do':
      return key(state, message.key, area)
    case 'key':
      return state.search?.isTyped ? searchKey(state, message.key) : key(state, message.key, area)
    case 'text':
    case 'paste':
      return state.search?.isTyped ? typed(state, message.text) : step(state)
    case 'wheel':
      return key(state, message.by < 0 ? 'up' : 'down', area)
    case 'hidden':
    case 'click':
      return step(state)
  }
}

const askAccounts: MailEffect = {
  type: 'tool',
  name: 'mail_list_accounts',
  arguments: {},
  consent: 'person',
  reply: (outcome) => ({ type: 'accounts', outcome: structureIn(outcome, accountsIn) }),
}

/** Asks for what is in sight, or for more of it. */
function asked(state: MailState, { isMore = false, isFresh = false }): MailStep {
  const { account, folder, isUnreadOnly, search } = state
  const place = placeOf(state)
  const before = inSight(state)
  const isSearch = search !== undefined && search.asked !== ''
  return step(withListed(state, { ...before, isAsked: true, problem: undefined }), {
    type: 'tool',
    name: isSearch ? 'mail_search_emails' : 'mail_list_emails',
    arguments: {
      account,
      limit: MOST,
      ...(isSearch ? { text: search.asked } : { mailbox: folder }),
      ...(!isSearch && isUnreadOnly && { unread: true }),
      ...(!isSearch && isFresh && { fresh: true }),
      ...(isMore && before.next !== undefined && { cursor: before.next }),
    },
    consent: 'person',
    key: 'mail-list',
    reply: (outcome) => ({ type: 'listed', place, isMore, outcome: structureIn(outcome, messagesIn) }),
  })
}

function listed(
  state: MailState,
  { place, isMore, outcome }: { place: string; isMore: boolean; outcome: Outcome<MessageList> },
): MailState {
  if (place !== placeOf(state)) return state
  const before = inSight(state)
  if (!outcome.ok) return withListed(state, { ...before, isAsked: false, problem: outcome.error })
  const { messages, nextCursor: next, note } = outcome.value
  const all = isMore ? [...before.messages, ...messages] : messages
  // What a person has gone to stays chosen, wherever it stands now.
  const at = all.findIndex(({ id }) => id === before.messages[before.selected]?.id)
  const now: Listed = { ...NOTHING, messages: all, next, note, selected: Math.max(0, at) }
  return withListed(state, now)
}

function key(state: MailState, pressed: string, area: Area): MailStep {
  if (state.reading) return readingKey(state, state.reading, pressed, area)
  const list = inSight(state)
  const selected = moved(list.selected, list.messages.length, pressed, area.rows - LIST_ROWS)
  if (selected !== undefined) {
    const isEnd = selected === list.selected && selected === list.messages.length - 1
    if (isEnd && list.next !== undefined && !list.isAsked) return asked(state, { isMore: true })
    return step(withListed(state, { ...list, selected: Math.max(0, selected) }))
  }
  switch (pressed) {
    case 'enter':
    case 'right':
      return read(state)
    case '/':
      return step({
        ...state,
        search: { query: NO_TEXT, asked: '', found: NOTHING, ...state.search, isTyped: true },
      })
    case 'escape':
      return step({ ...state, search: undefined })
    case 'r':
      return state.accounts === undefined || state.accounts.length === 0
        ? step({ ...state, problem: undefined }, askAccounts)
        : asked(state, { isFresh: true })
    case 'u':
      return asked({ ...state, isUnreadOnly: !state.isUnreadOnly, search: undefined, listed: NOTHING }, {})
    case 'f':
      return state.account === '' ? step(state) : step(state, askFolders(state.account))
    case 'a':
      return chooseAccount(state)
    default:
      return step(state)
  }
}

function read(state: MailState): MailStep {
  const message = chosen(state)
  if (!message) return step(state)
  const { id } = message
  return step(
    { ...state, reading: { id, message: undefined, lines: [], problem: undefined, top: 0 } },
    {
      type: 'tool',
      name: 'mail_get_email',
      arguments: { id, limit: TEXT_CHARS, quoted: true, links: true },
      consent: 'person',
      key: 'mail-read',
      reply: (outcome) => ({ type: 'read', id, outcome: structureIn(outcome, readMessageIn) }),
    },
  )
}

function readingKey(
  state: MailState,
  reading: NonNullable<MailState['reading']>,
  pressed: string,
  area: Area,
): MailStep {
  if (pressed === 'escape' || pressed === 'left')
    return step({ ...state, reading: undefined }, { type: 'abort', key: 'mail-read' })
  if (pressed === 'n' || pressed === 'p') {
    const list = inSight(state)
    const selected = Math.max(
      0,
      Math.min(list.selected + (pressed === 'n' ? 1 : -1), list.messages.length - 1),
    )
    return selected === list.selected ? step(state) : read(withListed(state, { ...list, selected }))
  }
  const last = lastTopOf(reading, area)
  const top = moved(Math.min(reading.top, last), last + 1, pressed, area.rows - READING_ROWS)
  return top === undefined ? step(state) : step({ ...state, reading: { ...reading, top } })
}

function searchKey(state: MailState, pressed: string): MailStep {
  const { search } = state
  if (!search) return step(state)
  if (pressed === 'escape' || pressed === 'C-c') return step({ ...state, search: undefined })
  if (pressed === 'enter') {
    const text = search.query.text.trim()
    return text === ''
      ? step({ ...state, search: undefined })
      : asked({ ...state, search: { ...search, isTyped: false, asked: text, found: NOTHING } }, {})
  }
  const query = editorKey(search.query, pressed)
  return step(query ? { ...state, search: { ...search, query } } : state)
}

function typed(state: MailState, text: string): MailStep {
  const { search } = state
  if (!search) return step(state)
  return step({ ...state, search: { ...search, query: insert(search.query, text.replace(/\s+/g, ' ')) } })
}

const askFolders = (account: string): MailEffect => ({
  type: 'tool',
  name: 'mail_list_mailboxes',
  arguments: { account },
  consent: 'person',
  reply: (outcome) => ({ type: 'folders', outcome: structureIn(outcome, foldersIn) }),
})

function chooseFolder(
  state: MailState,
  outcome: Extract<MailMessage, { type: 'folders' }>['outcome'],
): MailStep {
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  const folders = outcome.value
  return step(state, {
    type: 'choose',
    choice: {
      title: 'Which folder?',
      items: folders.map(({ path, role }) => (role === undefined ? path : `${path} (${role})`)),
    },
    reply: (at) => ({ type: 'folder', path: at === undefined ? undefined : folders[at]?.path }),
  })
}

function chooseAccount(state: MailState): MailStep {
  const { accounts = [] } = state
  if (accounts.length < 2) return step(state)
  return step(state, {
    type: 'choose',
    choice: { title: 'Which account?', items: accounts.map(({ id, email }) => `${id}: ${email}`) },
    reply: (at) => ({ type: 'account', id: at === undefined ? undefined : accounts[at]?.id }),
  })
}

export function actions(state: MailState): Action<MailMessage>[] {
  const press = (pressed: string): MailMessage => ({ type: 'do', key: pressed })
  const message = chosen(state)
  return [
    { title: 'search emails', luca: 'luca mail search', message: press('/') },
    { title: 'show another folder', luca: 'luca mail list FOLDER', message: press('f') },
    { title: 'show unread emails alone, or all', luca: 'luca mail list --unread', message: press('u') },
    { title: 'ask for new emails', luca: 'luca mail list --fresh', message: press('r') },
    ...(message
      ? [
          {
            title: `read "${message.subject}"`,
            luca: `luca mail read ${message.id}`,
            message: press('enter'),
          },
        ]
      : []),
  ]
}

/** What is done here, as a command. */
export function lucaFor(state: MailState): string {
  const { accounts, account, folder, isUnreadOnly, search, reading } = state
  if (accounts?.length === 0) return 'luca mail add ADDRESS'
  if (reading) return `luca mail read ${reading.id}`
  const which = (accounts?.length ?? 0) > 1 ? ['--account', account] : []
  const words = search
    ? ['search', ...which, search.query.text]
    : ['list', folder, ...which, ...(isUnreadOnly ? ['--unread'] : [])]
  return ['luca', 'mail', ...words.map(quote)].join(' ')
}
