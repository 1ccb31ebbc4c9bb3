/** A conversation with a language model, and what happens to it. */

import type {
  AnswerInfo,
  ConversationInfo,
  ConversationPage,
  HitInfo,
} from '../../../command/chat/conversations.ts'
import type { ChatPart } from '../../../contracts/chat.ts'
import type { LoopStep } from '../../../contracts/tool-loop.ts'
import type { Prompt, Result } from '../../../protocol/mcp.ts'
import { type Editor, NO_TEXT } from '../../model/editor.ts'
import type { Effect, Imports, Outcome, Step } from '../../model/effects.ts'
import { EMPTY_FLOW, type Flow } from '../../text/flow.ts'

/** A call of a tool that the model asked for. */
export interface ToolUse {
  id: string
  name: string
  /** JSON, as the model wrote it. */
  arguments: string
  /** It `asks` while it waits for a person. */
  state: 'running' | 'asks' | 'done' | 'failed'
  result: string
  isOpen: boolean
}

export interface UserTurn {
  by: 'person'
  text: string
  /** Paths of served files that went with it. */
  files: readonly string[]
}

/** The tools that a model was shown. */
export type ToolOffer = Pick<Extract<LoopStep, { kind: 'shown' }>, 'tools' | 'of' | 'because'>

/** A piece of an answer: what is said, and the tools that are called after it. An answer with calls has several, one after the other. */
export interface ModelTurn {
  by: 'model'
  /** The asking that it is followed by; undefined once it is not. */
  asking?: number
  /** The name of the answer at the server; undefined before it is known. */
  message?: number
  flow: Flow
  uses: readonly ToolUse[]
  offer?: ToolOffer
  /** Whether something that tools gave was cut, to fit. */
  isCut?: boolean
  /** What was left out, to fit. */
  shortened?: { results: number; turns: number }
  /** What it waits for. */
  waits?: 'question' | 'summary'
  /** What the model is told of all up to here, in its place. */
  summary?: string
  /** What ended it before it was whole; empty where it was. */
  ended: string
  isWhole: boolean
}
export type Turn = UserTurn | ModelTurn

export const NEW_TURN: ModelTurn = { by: 'model', flow: EMPTY_FLOW, uses: [], ended: '', isWhole: false }

/** A line of the conversation. Where it is does not change while the conversation grows. */
export interface Place {
  turn: number
  /** Which page of the turn; one after the last is what has not become a page. */
  page: number
  line: number
}

/** A question whose answer is waited for. */
export interface Asking {
  number: number
  /** In milliseconds since the epoch. */
  since: number
  /** What was asked, until it has arrived; undefined for an answer that is joined. */
  question?: UserTurn
  /** Whether it is to be stopped as soon as that can be. */
  isStopped?: true
}

/** Where the conversation goes on otherwise than it did: after this message of it, or from its beginning. */
export interface Branch {
  after: number | undefined
}

export interface ChatState {
  /** Its id at the server; undefined before the first question has arrived. */
  conversation: string | undefined
  title: string
  turns: readonly Turn[]
  /** What older messages are asked for by; undefined where all are here. */
  older: number | undefined
  isReading: boolean
  branch: Branch | undefined
  /** Whether the server may know more of it than is here. */
  isStale: boolean
  draft: Editor
  /** Paths of served files that go with the next question. */
  files: readonly string[]
  /** What was sent or put aside before, oldest first. */
  earlier: readonly string[]
  /** Which of them is shown, from the newest; 0 for none. */
  recalled: number
  /** Oldest first. */
  asked: readonly Asking[]
  /** How many questions there were. */
  askings: number
  model: string | undefined
  givesTools: boolean
  /** What the server has of these two for this conversation. */
  kept: { model: string | undefined; givesTools: boolean }
  /** What the last answer said it was from. */
  answeredBy: string | undefined
  /** The first line in sight; undefined to stay at the end. */
  top: Place | undefined
  /** The newest conversation of before. */
  newest: ConversationInfo | undefined
  /** Whether what is kept on this machine was looked for. */
  hasBegun: boolean
}

export type ChatMessage =
  | { type: 'part'; asking: number; part: ChatPart }
  | { type: 'answered'; asking: number; outcome: Outcome<AnswerInfo> }
  | { type: 'consented'; outcome: Outcome<null> }
  | { type: 'forked'; asking: number; outcome: Outcome<ConversationInfo> }
  | { type: 'stopped'; outcome: Outcome<unknown> }
  | { type: 'tick' }
  | { type: 'keep' }
  | { type: 'imported'; outcome: Outcome<Imports> }
  | { type: 'found'; outcome: Outcome<readonly ConversationInfo[]> }
  | { type: 'listed'; outcome: Outcome<readonly ConversationInfo[]> }
  | { type: 'search'; words: string | undefined }
  | { type: 'hits'; outcome: Outcome<readonly HitInfo[]> }
  | { type: 'resume'; conversation: string | undefined }
  | { type: 'opened'; conversation: string; outcome: Outcome<ConversationPage> }
  | { type: 'older'; conversation: string; outcome: Outcome<ConversationPage> }
  | { type: 'draft'; conversation: string | undefined; value: unknown }
  | { type: 'model'; name: string | undefined }
  | { type: 'attach'; path: string | undefined }
  | { type: 'rename' }
  | { type: 'title'; title: string | undefined }
  | { type: 'renamed'; outcome: Outcome<ConversationInfo> }
  | { type: 'delete' }
  | { type: 'agreed'; conversation: string; yes: boolean }
  | { type: 'deleted'; conversation: string; outcome: Outcome<string> }
  | { type: 'prompts'; typed: string; isSent: boolean; outcome: Outcome<readonly Prompt[]> }
  | { type: 'prompted'; typed: string; outcome: Outcome<Result> }
  | { type: 'do'; key: string }

export type ChatStep = Step<ChatState, ChatMessage>
export type ChatEffect = Effect<ChatMessage>

export const INITIAL: ChatState = {
  conversation: undefined,
  title: '',
  turns: [],
  older: undefined,
  isReading: false,
  branch: undefined,
  isStale: false,
  draft: NO_TEXT,
  files: [],
  earlier: [],
  recalled: 0,
  asked: [],
  askings: 0,
  model: undefined,
  givesTools: true,
  kept: { model: undefined, givesTools: true },
  answeredBy: undefined,
  top: undefined,
  newest: undefined,
  hasBegun: false,
}

export const isEmpty = ({ turns }: ChatState): boolean => turns.length === 0
export const isBusy = ({ asked }: ChatState): boolean => asked.length > 0

/** The tool of the server of conversations by which one talks. */
export const SEND_TOOL = 'chat_send'
