/** What a client that waits for an answer of the server `chat` is told on the way, besides progress in words. */
import type { LoopStep } from './tool-loop.ts'

/** The logger of these messages, which are of level `debug`. Each has one part as its data. */
export const CHAT_LOGGER = 'chat.part'

/** The next part of an answer. Parts of a client that comes late begin with the answer's beginning. */
export type ChatPart =
  /** Which answer these parts are of. */
  | { conversation: string; message: number }
  /** More of its text. */
  | { text: string }
  /** What the loop did in which the model calls tools. */
  | { step: LoopStep }
  /** It waits until the question before it is answered; or older turns are being summarised. */
  | { waits: 'question' | 'summary' }

/** The longest text of one part, in characters. */
export const PART_CHARS = 8000
