/** What happens to the model. */
import type { InputRequest, Tool } from '../../../protocol/mcp.ts'
import type { ScreenEvent } from '../screen/screen.ts'
import type { Renderer } from '../text/renderer.ts'
import type { Tone } from './effects.ts'
import type { Overlay } from './overlay.ts'

/** What the gateway offers. */
export interface Offer {
  tools: readonly Tool[]
  /** Methods of older clients. */
  methods: readonly string[]
  /** Servers that have tools or methods. */
  servers: readonly string[]
}

export type Link = { state: 'connecting' | 'connected' } | { state: 'lost'; why: string }

export type Message =
  | ScreenEvent
  | { type: 'room'; id: string; message: unknown }
  | { type: 'go'; room: string; message?: unknown }
  | { type: 'link'; link: Link }
  | { type: 'offer'; offer: Offer }
  | { type: 'asked'; request: InputRequest; answer(answer: Record<string, unknown>): void }
  /** A line asks at its prompt, as commands do. */
  | {
      type: 'prompted'
      job: number
      question: string
      unseen: boolean
      answer(text: string | undefined): void
    }
  | { type: 'open'; overlay: Overlay }
  | { type: 'close' }
  | { type: 'run'; line: string }
  | { type: 'fill'; line: string }
  | { type: 'said'; text: string; tone: Tone }
  | { type: 'quiet'; until: number }
  /** A question was on the screen for a moment in which nobody typed. */
  | { type: 'settled'; at: number }
  | { type: 'job-started'; id: number; line: string }
  | { type: 'job-wrote'; id: number; text: string }
  | { type: 'job-ended'; id: number; ok: boolean }
  | { type: 'completed'; query: string; completions: readonly string[]; replaced: string }
  | { type: 'found-files'; query: string; files: readonly string[] }
  | { type: 'lines-typed'; lines: readonly string[] }
  | { type: 'renderer'; renderer: Renderer }
  | { type: 'toggle-mouse' }
  | { type: 'toggle-theme' }
  | { type: 'reconnect' }
  | { type: 'quit' }
  /** Something was answered outside of the model; nothing changes. */
  | { type: 'nothing' }
