/** What stands over a room until it is answered or left. */
import type { Field } from '../../forms.ts'
import { type Editor, NO_TEXT } from './editor.ts'
import type { Message } from './message.ts'

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

export const newPalette = (): Palette => ({
  type: 'palette',
  query: NO_TEXT,
  selected: 0,
  files: [],
  completions: [],
})
