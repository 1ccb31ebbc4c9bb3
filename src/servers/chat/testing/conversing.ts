/** The server of conversations in memory, with a gateway that wakes it at the times that it asked for. */

import type { ChatPart } from '../../../contracts/chat.ts'
import { type Harness, type HarnessOptions, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import type { FakeEntry } from '../../../framework/testing/fake-wake-list.ts'
import { CONSENT_REQUIRED, META, METHOD, NOTIFICATION, type Result } from '../../../protocol/mcp.ts'
import { isRecord } from '../../../protocol/values.ts'
import { server } from '../server.ts'
import type { ConversationShape, MessageShape } from '../tools/shapes.ts'

export interface Answered {
  conversation: string
  message: number
  text: string
  state: string
  why?: string
}

export interface Read {
  conversation: ConversationShape
  messages: MessageShape[]
  older?: number
}

export interface Conversing extends AsyncDisposable {
  readonly running: Harness
  /** Structured content of what a tool gives, agreed to where it asks; throws its words where it fails. */
  ask<T>(name: string, args?: Record<string, unknown>, options?: AskOptions): Promise<T>
  /** Says something, and gives the answer. */
  send(text: string, more?: Record<string, unknown>, options?: AskOptions): Promise<Answered>
  /** The last messages of a conversation. */
  read(conversation: string, more?: Record<string, unknown>): Promise<Read>
  /** Does not wake it any longer, as a gateway that does not run. */
  sleep(): void
}

export interface AskOptions {
  signal?: AbortSignal
  /** Is given the parts of an answer. */
  onPart?(part: ChatPart): void
  /** Is given progress in words. */
  onProgress?(words: string): void
}

/** How often it looks whether an entry is due, in milliseconds. */
const LOOK_EVERY_MS = 5

export async function conversing(options: HarnessOptions = {}): Promise<Conversing> {
  const running = await harness(server, compileValidators(server), options)
  const { entries } = running.gateway.wakeList
  const woken = new Set<FakeEntry>()
  const timer = setInterval(() => {
    for (const [key, entry] of entries) {
      if (entry.time === undefined || entry.time > Date.now() || woken.has(entry)) continue
      woken.add(entry)
      running.wake(key).catch(() => {})
    }
  }, LOOK_EVERY_MS)
  const request = async <T>(
    name: string,
    args: Record<string, unknown>,
    { signal, onPart, onProgress }: AskOptions,
    agreed?: unknown,
  ) => {
    const _meta = {
      ...(agreed !== undefined && { [META.agreed]: agreed }),
      ...(onPart && { [META.logLevel]: 'debug' }),
      ...(onProgress && { progressToken: 1 }),
    }
    const given = { name, arguments: args, _meta }
    return (await running.connection.request(METHOD.callTool, given, {
      ...(signal && { signal }),
      onNotification(method, { data, message }) {
        if (method === NOTIFICATION.message && isRecord(data)) onPart?.(data as ChatPart)
        if (method === NOTIFICATION.progress && typeof message === 'string') onProgress?.(message)
      },
    })) as Result & { structuredContent: T; content: { text: string }[]; state: string }
  }
  const ask = async <T>(
    name: string,
    args: Record<string, unknown> = {},
    more: AskOptions = {},
  ): Promise<T> => {
    const first = await request<T>(name, args, more)
    const result =
      first.resultType === CONSENT_REQUIRED ? await request<T>(name, args, more, first.state) : first
    if (result.isError) throw new Error(result.content.map(({ text }) => text).join('\n'))
    return result.structuredContent
  }
  return {
    running,
    ask,
    send: (text, more = {}, asked = {}) => ask('send', { text, ...more }, asked),
    read: (conversation, more = {}) => ask('get_conversation', { conversation, ...more }),
    sleep: () => clearInterval(timer),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running.close()
    },
  }
}

/** Parts of an answer that come when the test says so. */
export class SlowModel {
  readonly #parts: string[] = []
  #next = Promise.withResolvers<void>()
  #hasEnded = false

  say(text: string): void {
    this.#parts.push(text)
    this.#next.resolve()
  }

  end(): void {
    this.#hasEnded = true
    this.#next.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      yield* this.#parts.splice(0)
      if (this.#hasEnded && this.#parts.length === 0) return
      await this.#next.promise
      this.#next = Promise.withResolvers()
    }
  }
}
