/** What the tools of conversations give, as far as it can be understood: a gateway may be older or newer than this luca. */
import type { ChatPart } from '../../contracts/chat.ts'
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'

export interface ConversationInfo {
  id: string
  title: string
  /** ISO 8601. */
  changed: string
  messages: number
  model: string | undefined
  /** Whether the model may use any. */
  usesTools: boolean
}

export interface CallInfo {
  name: string
  /** JSON, as the model wrote it. */
  arguments: string
  /** How much of the text came before it, in characters. */
  at: number
  result: string | undefined
  isError: boolean
  /** Where the result comes from, where others wrote it. */
  untrusted: string | undefined
}

export interface MessageInfo {
  id: number
  role: 'user' | 'assistant'
  text: string
  time: string
  /** waiting, running, whole, broken_off or stopped. */
  state: string
  why: string | undefined
  files: string[]
  calls: CallInfo[]
  model: string | undefined
  /** What the model is told of all up to it, in its place. */
  summary: string | undefined
}

export interface ConversationPage {
  conversation: ConversationInfo
  messages: MessageInfo[]
  /** What `before` is for older messages. */
  older: number | undefined
}

export interface AnswerInfo {
  conversation: string
  message: number
  text: string
  state: string
  why: string | undefined
  /** What ended it, where the model did not, such as `length`. */
  ended?: string | undefined
  model: string | undefined
}

export interface HitInfo {
  conversation: ConversationInfo
  message: number | undefined
  text: string
}

export function conversationIn(value: unknown): ConversationInfo | undefined {
  if (!isRecord(value)) return undefined
  const id = textIn(value.id)
  if (id === undefined) return undefined
  const { title, changed, messages, model, tools } = value
  return {
    id,
    title: textIn(title) ?? '',
    changed: textIn(changed) ?? '',
    messages: isWhole(messages, 0) ? messages : 0,
    model: textIn(model),
    usesTools: !Array.isArray(tools) || tools.length > 0,
  }
}

export function conversationsIn(
  value: unknown,
): { conversations: ConversationInfo[]; nextCursor: string | undefined } | undefined {
  if (!isRecord(value) || !Array.isArray(value.conversations)) return undefined
  return {
    conversations: value.conversations.flatMap((one) => conversationIn(one) ?? []),
    nextCursor: textIn(value.nextCursor),
  }
}

export function pageIn(value: unknown): ConversationPage | undefined {
  const conversation = isRecord(value) ? conversationIn(value.conversation) : undefined
  if (!isRecord(value) || !conversation || !Array.isArray(value.messages)) return undefined
  return {
    conversation,
    messages: value.messages.flatMap((one) => messageIn(one) ?? []),
    older: isWhole(value.older, 1) ? value.older : undefined,
  }
}

export function hitsIn(value: unknown): HitInfo[] | undefined {
  if (!isRecord(value) || !Array.isArray(value.hits)) return undefined
  return value.hits.filter(isRecord).flatMap((hit) => {
    const conversation = conversationIn(hit.conversation)
    if (!conversation) return []
    const message = isWhole(hit.message, 1) ? hit.message : undefined
    return [{ conversation, message, text: textIn(hit.text) ?? '' }]
  })
}

export function answerIn(value: unknown): AnswerInfo | undefined {
  if (!isRecord(value) || !isWhole(value.message, 1)) return undefined
  const [conversation, text, state] = [textIn(value.conversation), textIn(value.text), textIn(value.state)]
  if (conversation === undefined || text === undefined || state === undefined) return undefined
  return {
    conversation,
    message: value.message,
    text,
    state,
    why: textIn(value.why),
    ended: textIn(value.ended),
    model: textIn(value.model),
  }
}

/** The data of a message of `CHAT_LOGGER`. */
export function partIn(data: unknown): ChatPart | undefined {
  if (!isRecord(data)) return undefined
  const { conversation, message, text, waits, step } = data
  if (typeof conversation === 'string' && isWhole(message, 1)) return { conversation, message }
  if (typeof text === 'string') return { text }
  if (waits === 'question' || waits === 'summary') return { waits }
  return isStep(step) ? { step } : undefined
}

type StepPart = Extract<ChatPart, { step: unknown }>['step']

const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shown: { of: 'number' },
  call: { id: 'string', name: 'string', arguments: 'string' },
  asks: { id: 'string' },
  result: { id: 'string', isError: 'boolean', text: 'string' },
  shortened: { turns: 'number', results: 'number' },
}

function isStep(value: unknown): value is StepPart {
  if (!isRecord(value) || typeof value.kind !== 'string' || !Object.hasOwn(FIELDS, value.kind)) return false
  const { kind, tools } = value
  const isListed = Array.isArray(tools) && tools.every((name) => typeof name === 'string')
  if (kind === 'shown' && !isListed) return false
  return Object.entries(FIELDS[value.kind] ?? {}).every(([name, type]) => typeof value[name] === type)
}

function messageIn(value: unknown): MessageInfo | undefined {
  if (!isRecord(value) || !isWhole(value.id, 1)) return undefined
  const { id, role, files, calls } = value
  if (role !== 'user' && role !== 'assistant') return undefined
  return {
    id,
    role,
    text: textIn(value.text) ?? '',
    time: textIn(value.time) ?? '',
    state: textIn(value.state) ?? 'whole',
    why: textIn(value.why),
    files: Array.isArray(files) ? files.flatMap((file) => textIn(file) ?? []) : [],
    calls: Array.isArray(calls) ? calls.filter(isRecord).map(callIn) : [],
    model: textIn(value.model),
    summary: textIn(value.summary),
  }
}

const callIn = ({
  name,
  arguments: given,
  at,
  result,
  isError,
  untrusted,
}: Record<string, unknown>): CallInfo => ({
  name: textIn(name) ?? '',
  arguments: textIn(given) ?? '',
  at: isWhole(at, 0) ? at : 0,
  result: textIn(result),
  isError: isError === true,
  untrusted: textIn(untrusted),
})
