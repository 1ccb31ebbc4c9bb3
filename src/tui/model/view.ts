/** What a view is: its part of the model, and how it is drawn, as data. A view is one folder below `views/`. */
import type { Line } from '../text/lines.ts'
import type { Renderer } from '../text/renderer.ts'
import type { Step } from './effects.ts'
import type { Link, Offer } from './message.ts'

/** What every view may know. */
export interface World {
  link: Link
  offer: Offer
  /** Milliseconds since the epoch. */
  now: number
  renderer: Renderer
}

/** Whether there is a tool of this name. */
export const offers = ({ offer }: World, tool: string): boolean =>
  offer.tools.some(({ name }) => name === tool)

/** What happens to any view. */
export type ViewEvent =
  | { type: 'key'; key: string }
  | { type: 'text'; text: string }
  | { type: 'paste'; text: string }
  /** Within the view's own area. */
  | { type: 'click'; row: number; column: number }
  | { type: 'wheel'; by: 1 | -1 }
  /** It has come into sight, or the gateway has reconnected while it is. */
  | { type: 'shown' }
  | { type: 'hidden' }

export interface Area {
  columns: number
  rows: number
}

export interface Drawing {
  lines: Line[]
  cursor?: { row: number; column: number }
}

export interface Hint {
  key: string
  what: string
}

/** Something that can be done, for the palette. */
export interface Action<M> {
  title: string
  luca?: string
  message: M
}

export interface View<S, M> {
  id: string
  title: string
  /** It is there where one of these servers is; always without. */
  servers?: readonly string[]
  initial: S
  update(state: S, message: M | ViewEvent, world: World, area: Area): Step<S, M>
  draw(state: S, area: Area, world: World): Drawing
  hints(state: S, world: World): readonly Hint[]
  actions(state: S, world: World): readonly Action<M>[]
  /** Whether letters are text; never without. */
  isTyping?(state: S): boolean
  /** Whether a colon would be text too; without, wherever letters are. */
  hasText?(state: S): boolean
  /** What is done here, as a command. */
  luca(state: S): string | undefined
}

/** A view whose own types are its own affair. */
export interface AnyView extends Omit<View<unknown, unknown>, 'update' | 'isTyping' | 'hasText'> {
  isTyping(state: unknown): boolean
  hasText(state: unknown): boolean
  update(state: unknown, message: unknown, world: World, area: Area): Step<unknown, unknown>
}

export function defineView<S, M>(view: View<S, M>): AnyView {
  const isTyping = view.isTyping ?? (() => false)
  return { ...view, isTyping, hasText: view.hasText ?? isTyping } as unknown as AnyView
}
