/** What the model wants done. It never does anything itself: the results of effects are messages. */

import type { AnswerInfo } from '../../command/chat/conversations.ts'
import type { Question } from '../../command/chat/send.ts'
import type { LogRecord } from '../../command/log/record.ts'
import type { ParamsOf, VerbName } from '../../contracts/admin-helper.ts'
import type { WorkStatus } from '../../contracts/background-status.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import type { CallToolResult, Result, Prompt as ServerPrompt } from '../../protocol/mcp.ts'
import type { Choice, Confirmation, Prompt } from './message.ts'
import type { Tone } from './tone.ts'

/** What became of an effect; an error is a sentence for people. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: string; cancelled?: true }

/** `given` where the person's own act is the consent, such as saving a file; else the gateway's question is asked. */
export type ConsentBy = 'given' | 'person'

export type Effect<M> =
  | {
      type: 'tool'
      name: string
      arguments: Record<string, unknown>
      consent: ConsentBy
      /** What `abort` stops it by. */
      key?: string
      progress?(text: string): M
      reply(outcome: Outcome<CallToolResult>): M
    }
  | {
      type: 'v1'
      method: string
      params: unknown[]
      consent: ConsentBy
      reply(outcome: Outcome<unknown>): M
    }
  | { type: 'request'; method: string; params?: Record<string, unknown>; reply(outcome: Outcome<Result>): M }
  | HelperEffect<M>
  /** Asks in a conversation, or follows its last answer. Aborted, it is followed no further, and goes on. */
  | {
      type: 'chat'
      key: string
      ask: Question | { join: string }
      part(part: ChatPart): M
      reply(outcome: Outcome<AnswerInfo>): M
    }
  /** Asks the person about a call that an answer waits with; nothing is asked any longer once it is aborted. */
  | { type: 'consent'; key: string; tool: string; reply(outcome: Outcome<null>): M }
  /** Has the conversations taken in that earlier versions kept in files here. */
  | { type: 'import'; reply(outcome: Outcome<Imports>): M }
  /** The prompts of all servers. */
  | { type: 'prompts'; reply(outcome: Outcome<readonly ServerPrompt[]>): M }
  /** Opens a served file in the person's editor and writes it back if it was changed. */
  | { type: 'edit'; path: string; reply(outcome: Outcome<'saved' | 'unchanged'>): M }
  /** Gives the paths of what was left out. */
  | { type: 'copy'; from: string; to: string; reply(outcome: Outcome<string[]>): M }
  /** Follows the appliance's log until it is aborted. */
  | { type: 'log'; key: string; records(records: LogRecord[]): M; reply(outcome: Outcome<null>): M }
  | { type: 'machine'; reply(outcome: Outcome<MachineFacts>): M }
  /** Looks which servers work in the background: the works of each, by its name. */
  | { type: 'works'; reply(outcome: Outcome<ReadonlyMap<string, WorkStatus[]>>): M }
  /** Runs a line as the line mode would. */
  | { type: 'line'; text: string }
  /** Finds how a line goes on, and files by a part of their names. */
  | { type: 'complete'; query: string }
  | { type: 'find'; query: string }
  | { type: 'abort'; key: string }
  /** A message after a while; a later one with the same key takes its place. */
  | { type: 'later'; key: string; ms: number; message: M }
  /** Keeps a value on disk, under a name; undefined forgets it. */
  | { type: 'keep'; folder: string; name: string; value: unknown }
  /** What was kept; undefined where it is gone. */
  | { type: 'recall'; folder: string; name: string; reply(value: unknown): M }
  | { type: 'say'; text: string; tone: Tone }
  | { type: 'prompt'; prompt: Omit<Prompt, 'type' | 'reply'>; reply(text: string | undefined): M }
  | { type: 'confirm'; confirmation: Omit<Confirmation, 'type' | 'reply'>; reply(yes: boolean): M }
  | {
      type: 'choose'
      choice: Omit<Choice, 'type' | 'reply' | 'selected' | 'query'>
      reply(index: number | undefined): M
    }
  /** Goes to another view, with a message for it. */
  | { type: 'go'; view: string; message?: unknown }
  | { type: 'bell' }
  | { type: 'suspend' }
  | { type: 'reconnect' }
  | { type: 'quit' }

export type HelperEffect<M> = {
  [V in VerbName]: {
    type: 'helper'
    verb: V
    params: ParamsOf<V>
    reply(outcome: Outcome<unknown>): M
  }
}[VerbName]

/** What became of conversations that were to be taken in. */
export interface Imports {
  taken: number
  /** Why the others were not, a sentence for each. */
  problems: readonly string[]
}

/** What is known of the machine without a request. */
export interface MachineFacts {
  name: string
  addresses: string[]
  disk: { size: number; free: number } | undefined
  memory: { size: number; free: number }
  /** Why the processors compute where a GPU is wanted. */
  withoutGpu: string | undefined
  uptimeSeconds: number
}

export interface Step<S, M> {
  state: S
  effects: readonly Effect<M>[]
}

export const step = <S, M>(state: S, ...effects: Effect<M>[]): Step<S, M> => ({ state, effects })

/** The same effects, with their messages put into others. */
export function mapEffect<M, N>(effect: Effect<M>, into: (message: M) => N): Effect<N> {
  const mapped: Record<string, unknown> = { ...effect }
  for (const name of ['reply', 'progress', 'part', 'records']) {
    const give = mapped[name]
    if (typeof give === 'function') mapped[name] = (value: unknown) => into(give(value) as M)
  }
  if (effect.type === 'later') mapped.message = into(effect.message)
  return mapped as Effect<N>
}
