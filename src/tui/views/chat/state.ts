/** A conversation with a language model, and what happens to it. */
import type { CallToolResult } from '../../../protocol/mcp.ts'
import type { ChatDelta, ToolOffer } from '../../model/chat.ts'
import { type Editor, NO_TEXT } from '../../model/editor.ts'
import type { Effect, Kept, Outcome, Step } from '../../model/effects.ts'
import type { Flow } from '../../text/flow.ts'

export interface Attachment {
  path: string
  text: string
}

/** A call of a tool that the model asked for. */
export interface ToolUse {
  id: string
  name: string
  /** JSON, as the model wrote it. */
  arguments: string
  state: 'written' | 'running' | 'done' | 'failed'
  result: string
  /** Whether that is marked as what others wrote. */
  isOfOthers?: boolean
  isOpen: boolean
}

export interface UserTurn {
  by: 'person'
  text: string
  attachments: readonly Attachment[]
}
export interface ModelTurn {
  by: 'model'
  flow: Flow
  uses: readonly ToolUse[]
  /** The tools that the model was given; undefined before it is known. */
  offer?: ToolOffer
  /** So many of the oldest messages were left out, to fit. */
  dropped?: number
  /** What ended it before it was whole; empty where it was. */
  ended: string
  isWhole: boolean
}
export type Turn = UserTurn | ModelTurn

/** A line of the conversation. Where it is does not change while the conversation grows. */
export interface Place {
  turn: number
  /** Which page of the turn; one after the last is what has not become a page. */
  page: number
  line: number
}

export interface ChatState {
  /** The conversation's name on disk; undefined before the first word. */
  name: string | undefined
  turns: readonly Turn[]
  draft: Editor
  attachments: readonly Attachment[]
  /** What was sent or put aside before, oldest first. */
  earlier: readonly string[]
  /** Which of them is shown, from the newest; 0 for none. */
  recalled: number
  /** Since when an answer is waited for, in milliseconds since the epoch; undefined while none is. */
  busySince: number | undefined
  /** How often in a row the model has asked for tools. */
  rounds: number
  model: string | undefined
  /** What the last answer said it was from. */
  answeredBy: string | undefined
  givesTools: boolean
  /** The first line in sight; undefined to stay at the end. */
  top: Place | undefined
  /** The newest conversation of before. */
  newest: Kept | undefined
}

export type ChatMessage =
  | { type: 'offered'; offer: ToolOffer }
  | { type: 'delta'; delta: ChatDelta }
  | { type: 'answered'; outcome: Outcome<null> }
  | { type: 'used'; id: string; outcome: Outcome<CallToolResult> }
  | { type: 'tick' }
  | { type: 'keep' }
  | { type: 'found'; newest: Kept | undefined }
  | { type: 'listed'; kept: readonly Kept[] }
  | { type: 'resume'; name: string | undefined }
  | { type: 'recalled'; name: string; value: unknown }
  | { type: 'model'; name: string | undefined }
  | { type: 'attach'; path: string | undefined }
  | { type: 'read'; path: string; as: 'text' | 'document'; outcome: Outcome<CallToolResult> }
  | { type: 'do'; key: string }

export type ChatStep = Step<ChatState, ChatMessage>
export type ChatEffect = Effect<ChatMessage>

export const INITIAL: ChatState = {
  name: undefined,
  turns: [],
  draft: NO_TEXT,
  attachments: [],
  earlier: [],
  recalled: 0,
  busySince: undefined,
  rounds: 0,
  model: undefined,
  answeredBy: undefined,
  givesTools: true,
  top: undefined,
  newest: undefined,
}

export const isEmpty = ({ turns }: ChatState): boolean => turns.length === 0

/** The folder of conversations. */
export const CONVERSATIONS = 'conversations'
