/** An interface as a value, of views that write down the messages that they get. */
import { type Effect, step } from '../effects.ts'
import type { Message } from '../message.ts'
import { initialState, type State } from '../state.ts'
import { update } from '../update.ts'
import { type AnyView, defineView } from '../view.ts'

/** The messages that a view got, oldest first. */
export type Told = readonly unknown[]

interface Given {
  servers?: readonly string[]
  /** Keys that it has a use for. */
  keys?: readonly string[]
  /** Whether it takes letters as text. */
  types?: boolean
  /** What it wants of any message. */
  wants?(message: unknown): Effect<unknown>[]
}

export const viewNoting = (
  id: string,
  { servers, keys = [], types = false, wants = () => [] }: Given = {},
): AnyView => {
  const view = {
    id,
    title: id,
    initial: [] as Told,
    update(told: Told, message: unknown) {
      const { type, key } = message as { type: string; key?: string }
      const isNoted = type !== 'key' || keys.includes(key as string)
      return step(isNoted ? [...told, message] : told, ...wants(message))
    },
    draw: () => ({ lines: [] }),
    hints: () => [],
    actions: () => [{ title: `act in ${id}`, luca: `luca ${id}`, message: { type: 'act' } }],
    isTyping: () => types,
    luca: () => undefined,
  }
  return defineView<Told, unknown>(servers ? { ...view, servers } : view)
}

export const interfaceOf = (views: readonly AnyView[], own: Partial<State> = {}): State => ({
  ...initialState({ views, columns: 80, rows: 24, theme: 'dark', now: 1000 }),
  link: { state: 'connected' },
  offer: { tools: [], methods: [], servers: ['fs'] },
  ...own,
})

/** The state after all of these, and what was to be done in all. */
export function after(state: State, ...messages: Message[]): { state: State; effects: Effect<Message>[] } {
  const effects: Effect<Message>[] = []
  let next = state
  for (const message of messages) {
    const result = update(next, message)
    next = result.state
    effects.push(...result.effects)
  }
  return { state: next, effects }
}

export const keys = (...pressed: string[]): Message[] => pressed.map((key) => ({ type: 'key', key }))
export const told = (state: State, view: string): Told => state.own[view] as Told
