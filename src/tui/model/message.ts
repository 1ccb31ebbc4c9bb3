/** What happens to the model, and what stands over a view until it is answered or left: each holds the other. */

import type { Field } from '../../command/forms.ts'
import type { InputRequest, Tool } from '../../protocol/mcp.ts'
import type { ScreenEvent } from '../screen/screen.ts'
import type { Renderer } from '../text/renderer.ts'
import { type Editor, NO_TEXT } from './editor.ts'
import type { Tone } from './tone.ts'

/** What the gateway offers. */
export interface Offer {
  tools: readonly Tool[]
  /** v1 methods. */
  methods: readonly string[]
  /** Servers that have tools or methods. */
  servers: readonly string[]
}

export type Link = { state: 'connecting' | 'connected' } | { state: 'lost'; why: string }

export type Message =
  | ScreenEvent
  | { type: 'view'; id: string; message: unknown }
  | { type: 'go'; view: string; message?: unknown }
  | { type: 'link'; link: Link }
  | { type: 'offer'; offer: Offer }
  /** Something is asked of the person, under a name by which it can be withdrawn. */
  | { type: 'asked'; request: InputRequest; name?: string; answer(answer: Record<string, unknown>): void }
  /** It was answered elsewhere, or is of no use any longer. */
  | { type: 'withdrawn'; name: string }
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
  /** A question was on the screen for a moment without a key. */
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

/** Asks for one line. */
export interface Prompt {
  type: 'prompt'
  title: string
  /** What may be said about it, below the line. */
  hint?: string
  editor: Editor
  secret?: true
  /** The line that asks; what it has written is what this is about. */
  job?: number
  top?: number
  reply(text: string | undefined): Message
}

/** Asks for a yes. */
export interface Confirmation {
  type: 'confirm'
  title: string
  detail: readonly string[]
  /** The first line in sight of what it is about. */
  top?: number
  reply(yes: boolean): Message
}

/** Asks for one of several, found by typing. */
export interface Choice {
  type: 'choose'
  title: string
  items: readonly string[]
  selected: number
  query: Editor
  reply(index: number | undefined): Message
}

/** A server's question about a call, with the form that it wants filled in. */
export interface Question {
  type: 'question'
  name?: string
  message: string
  fields: readonly Field[]
  values: readonly Editor[]
  /** Which field is typed in; after the last stands the answer itself. */
  at: number
  problem?: string
  top?: number
  reply(answer: Record<string, unknown>): Message
}

/** What can be found with the palette. */
export interface PaletteEntry {
  title: string
  /** What kind of thing it is. */
  kind: string
  /** The same as a line of luca. */
  luca?: string
  message: Message
}

export interface Palette {
  type: 'palette'
  query: Editor
  selected: number
  /** Files whose names hold the query, as they come. */
  files: readonly string[]
  /** What Tab has found to go on with. */
  completions: readonly string[]
  /** Which of the lines typed before is shown; undefined for none. */
  recalled?: number
}

export interface Help {
  type: 'help'
  top: number
}

/** What a line that ran in the background has written. */
export interface JobView {
  type: 'job'
  id: number
  top: number | undefined
}

export interface JobList {
  type: 'jobs'
  selected: number
}

export type Overlay = Prompt | Confirmation | Choice | Question | Palette | Help | JobView | JobList

/** The palette as it opens. */
export const newPalette = (): Palette => ({
  type: 'palette',
  query: NO_TEXT,
  selected: 0,
  files: [],
  completions: [],
})
