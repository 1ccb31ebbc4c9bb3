/** Conversations and messages as they are kept. */

/** How the questions of a conversation are asked, unless one says otherwise. */
export interface Options {
  model?: string
  /** 0, 1 or 2, where models are configured by that. */
  level?: number
  /** The tools that may be shown, by their names: all without, none where it is empty. */
  tools?: string[]
  /** Whether the model is not told what the user says of themselves. */
  isImpersonal?: true
}

export interface Conversation {
  /** Its number in the database. */
  number: number
  /** What clients know it by; it can't be guessed. */
  id: string
  title: string
  /** This and the next, since the epoch in milliseconds. */
  created: number
  changed: number
  /** The last message; undefined while there is none. */
  tip: number | undefined
  options: Options
  /** Names of tools that showed it what others wrote. */
  read: string[]
  /** Names of the tools that its last question was shown. */
  shown: string[]
  /** How many messages it has. */
  messages: number
  /** Whether its last question is still being answered. */
  isAnswering: boolean
}

export type MessageState =
  /** For the answers before it. */
  | 'waiting'
  | 'running'
  | 'whole'
  /** Something else than a person ended it before it was whole. */
  | 'broken_off'
  | 'stopped'

/** A file that a question is about. */
export interface AttachedFile {
  path: string
  text: string
  /** Names the marks around its text for the model; nobody who wrote the text can know it. */
  mark: string
  isCut?: true
}

/** A call of a tool. */
export interface ToolCall {
  id: string
  name: string
  /** JSON, as the model wrote it. */
  arguments: string
  /** How much of the answer's text was there before it, in characters. */
  at: number
  /** Undefined while it runs. */
  result?: string
  isError?: true
  isCut?: true
  /** Where it comes from, where others wrote it. */
  untrusted?: string
}

/** What is known of a message besides its text. */
export interface About {
  files?: AttachedFile[]
  calls?: ToolCall[]
  /** All of an answer as models see it, in OpenAI's shape: calls, results and text. */
  said?: Record<string, unknown>[]
  model?: string
  level?: number
  promptTokens?: number
  completionTokens?: number
  /** What ended it, where the model did not: `length` for a limit of tokens, or why the loop ended (contracts/tool-loop.ts). */
  ended?: string
}

export interface Message {
  id: number
  /** The number of the conversation that a search names for it. */
  conversation: number
  parent: number | undefined
  /** 1 for the first of a conversation. */
  depth: number
  role: 'user' | 'assistant'
  content: string
  state: MessageState
  /** Why it is not whole, for people. */
  why: string | undefined
  created: number
  about: About
  /** Of all up to this message. */
  summary: string | undefined
}

export const isOpen = ({ state }: Pick<Message, 'state'>): boolean =>
  state === 'waiting' || state === 'running'
