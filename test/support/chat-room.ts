/** Conversations as the server `chat` has them, in memory, with a language model that says what a test wants. */
import { randomUUID } from 'node:crypto'
import { CHAT_LOGGER, type ChatPart } from '../../src/contracts/chat.ts'
import { META, NOTIFICATION } from '../../src/protocol/mcp.ts'

export interface ChatParams {
  messages: { role: string; content: string | null; tool_call_id?: string }[]
  /** The model and the tools that were chosen. */
  options: { model?: string; tools?: string[] }
}

/** One answer: pieces of text, or calls of tools, or an error. */
export interface Answer {
  pieces?: readonly string[]
  /** Without, all at once. */
  perSecond?: number
  calls?: readonly { name: string; arguments: object }[]
  error?: string
  /** Never ends by itself. */
  hangs?: boolean
}

export interface ChatModel {
  answer(params: ChatParams): Answer
  /** What is told of it before it begins, such as the tools that it was shown. */
  told?(params: ChatParams): ChatPart[]
  /** Results of tools; by default the text "done". Those in `asks` wait for a person's consent. */
  call?(name: string, args: Record<string, unknown>): object
  asks?: ReadonlySet<string>
  /** What is asked then. */
  question?: string
}

interface Call {
  name: string
  arguments: string
  at: number
  result?: string
  isError?: true
}

interface Message {
  id: number
  role: 'user' | 'assistant'
  text: string
  state: 'waiting' | 'running' | 'whole' | 'stopped' | 'broken_off'
  why?: string
  files?: string[]
  calls?: Call[]
  model?: string
}

interface Conversation {
  id: string
  title: string
  changed: number
  model?: string
  tools?: string[]
  messages: Message[]
}

/** An answer that is being made, for whoever follows it. */
interface Live {
  parts: ChatPart[]
  changed: PromiseWithResolvers<void>
  stop: AbortController
  ended: Promise<void>
}

export interface Caller {
  id: unknown
  /** Whether its connection is there. */
  isThere(): boolean
  notify(method: string, params: object): void
}

type Given = Record<string, unknown>
const TICK_MS = 5
const FIRST_ID = 0x3f2a91bc

export class ChatRoom {
  readonly asked: ChatParams[] = []
  /** How often an answer was stopped. */
  stopped = 0
  readonly #model: ChatModel
  readonly #conversations: Conversation[] = []
  readonly #live = new Map<number, Live>()
  readonly #approvals = new Map<string, { tool: string; given: string; decide(allow: boolean): void }>()
  #next = 1

  constructor(model: ChatModel) {
    this.#model = model
  }

  get approvals(): object[] {
    return [...this.#approvals].map(([id, { tool, given }]) => ({
      id,
      who: 'you',
      tool: `chat_send → ${tool}`,
      arguments: given,
      waitingSeconds: 0,
      ...(this.#model.question !== undefined && { text: this.#model.question }),
    }))
  }

  decide(id: string, allow: boolean): void {
    this.#approvals.get(id)?.decide(allow)
  }

  /** The result of one of its tools; undefined for another tool. */
  async call(name: string, given: Given, caller: Caller): Promise<object | undefined> {
    try {
      return await this.#call(name, given, caller)
    } catch (error) {
      return { content: [{ type: 'text', text: (error as Error).message }], isError: true }
    }
  }

  async #call(name: string, given: Given, caller: Caller): Promise<object | undefined> {
    switch (name) {
      case 'chat_send':
        return this.#follow(...this.#ask(given), caller)
      case 'chat_join': {
        const conversation = this.#of(given)
        return this.#follow(conversation, conversation.messages.at(-1) as Message, caller)
      }
      case 'chat_stop': {
        const open = this.#of(given).messages.flatMap(({ id }) => this.#live.get(id) ?? [])
        for (const live of open) live.stop.abort()
        await Promise.all(open.map(({ ended }) => ended))
        return told({ stopped: open.length })
      }
      case 'chat_list_conversations': {
        const all = this.#conversations.toSorted((a, b) => b.changed - a.changed)
        return told({ conversations: all.slice(0, Number(given.limit)).map(shapeOf) })
      }
      case 'chat_search_conversations': {
        const has = ({ text }: Message) => text.includes(String(given.text))
        const found = this.#conversations.filter(({ messages }) => messages.some(has))
        return told({
          hits: found.map((one) => ({ conversation: shapeOf(one), text: one.messages.find(has)?.text })),
        })
      }
      case 'chat_get_conversation':
        return told(pageOf(this.#of(given), given))
      case 'chat_fork_conversation': {
        const { id: _, ...from } = this.#of(given)
        const messages = from.messages.slice(0, from.messages.findIndex(({ id }) => id === given.message) + 1)
        return told(shapeOf(this.#add({ ...from, messages })))
      }
      case 'chat_update_conversation': {
        const conversation = this.#of(given)
        conversation.title = String(given.title)
        return told(shapeOf(conversation))
      }
      case 'chat_delete_conversation': {
        const conversation = this.#of(given)
        this.#conversations.splice(this.#conversations.indexOf(conversation), 1)
        return told({ id: conversation.id, title: conversation.title })
      }
      case 'chat_import_conversation': {
        const { turns } = JSON.parse(String(given.document)) as { turns: Given[] }
        const messages = turns.map((turn): Message => {
          const [text, why] = [String(turn.text), String(turn.ended ?? '')]
          if (turn.by === 'person') return { id: this.#next++, role: 'user', text, state: 'whole' }
          return {
            id: this.#next++,
            role: 'assistant',
            text,
            ...(why === '' ? WHOLE : { state: 'broken_off', why }),
          }
        })
        const title = messages[0]?.text ?? ''
        return told({ conversation: shapeOf(this.#add({ title, messages })), isNew: true })
      }
      default:
        return undefined
    }
  }

  #of({ conversation }: Given): Conversation {
    const found = this.#conversations.find(({ id }) => id === conversation)
    if (!found) throw new Error('There is no such conversation.')
    return found
  }

  #add(given: Omit<Conversation, 'id' | 'changed'>): Conversation {
    // The same in each run, since pictures show them.
    const id = (FIRST_ID + this.#next++).toString(16)
    const conversation = { ...given, id, changed: this.#next++ }
    this.#conversations.push(conversation)
    return conversation
  }

  #ask(given: Given): [Conversation, Message] {
    const text = String(given.text)
    const conversation =
      given.conversation === undefined ? this.#add({ title: text, messages: [] }) : this.#of(given)
    conversation.changed = this.#next++
    if (given.model !== undefined) conversation.model = String(given.model)
    if (given.tools === 'auto') delete conversation.tools
    else if (given.tools !== undefined) conversation.tools = given.tools as string[]
    const files = given.files as string[] | undefined
    const question: Message = {
      id: this.#next++,
      role: 'user',
      text,
      state: 'whole',
      ...(files && { files }),
    }
    const answer: Message = { id: this.#next++, role: 'assistant', text: '', state: 'waiting' }
    const before = conversation.messages.flatMap(({ id }) => this.#live.get(id) ?? []).at(-1)
    conversation.messages.push(question, answer)
    const { promise, resolve } = Promise.withResolvers<void>()
    const live: Live = {
      parts: [{ conversation: conversation.id, message: answer.id }],
      changed: Promise.withResolvers(),
      stop: new AbortController(),
      ended: promise,
    }
    this.#live.set(answer.id, live)
    if (before) live.parts.push({ waits: 'question' })
    const ready = before ? Promise.race([before.ended, onceAborted(live.stop.signal)]) : Promise.resolve()
    void ready
      .then(() => this.#answer(conversation, answer, live))
      .then(() => {
        this.#live.delete(answer.id)
        resolve()
        live.changed.resolve()
      })
    return [conversation, answer]
  }

  /** Tells the parts until the answer has ended; a caller that goes is told no more. */
  async #follow(conversation: Conversation, answer: Message, caller: Caller): Promise<object> {
    const live = this.#live.get(answer.id)
    let told = 0
    while (live && caller.isThere()) {
      for (; told < live.parts.length; told++)
        caller.notify(NOTIFICATION.message, {
          level: 'debug',
          logger: CHAT_LOGGER,
          data: live.parts[told],
          _meta: { [META.requestId]: caller.id },
        })
      if (!this.#live.has(answer.id)) break
      await live.changed.promise
    }
    const { id: message, text, state, why, model } = answer
    return {
      content: [{ type: 'text', text }],
      structuredContent: {
        conversation: conversation.id,
        message,
        text,
        state,
        ...(why !== undefined && { why }),
        ...(model !== undefined && { model }),
      },
    }
  }

  async #answer(conversation: Conversation, answer: Message, live: Live): Promise<void> {
    const { signal } = live.stop
    const tell = (part: ChatPart) => {
      live.parts.push(part)
      live.changed.resolve()
      live.changed = Promise.withResolvers()
    }
    const say = (text: string) => {
      answer.text += text
      tell({ text })
    }
    const { model, tools } = conversation
    const at = conversation.messages.indexOf(answer)
    const messages: ChatParams['messages'] = conversation.messages
      .slice(0, at)
      .map(({ role, text }) => ({ role, content: text }))
    answer.state = 'running'
    answer.model = model ?? 'fixture'
    try {
      for (let isWhole = false; !isWhole; ) {
        signal.throwIfAborted()
        const params = {
          messages: [...messages],
          options: { ...(model && { model }), ...(tools && { tools }) },
        }
        this.asked.push(params)
        for (const part of this.#model.told?.(params) ?? []) tell(part)
        const said = this.#model.answer(params)
        if (said.error !== undefined) throw new Error(said.error)
        await inPieces(said, say, signal)
        const calls = said.calls ?? []
        for (const [index, { name, arguments: given }] of calls.entries()) {
          const id = `call-${index}`
          const call: Call = { name, arguments: JSON.stringify(given), at: answer.text.length }
          answer.calls = [...(answer.calls ?? []), call]
          tell({ step: { kind: 'call', id, name, arguments: call.arguments } })
          const isAllowed = !this.#model.asks?.has(name) || (await this.#consent(id, call, tell, signal))
          const { text, isError } = isAllowed
            ? this.#resultOf(name, given as Given)
            : { text: 'The person said no.', isError: true }
          call.result = text
          if (isError) call.isError = true
          tell({ step: { kind: 'result', id, isError, isCut: false, text } })
          messages.push({ role: 'tool', content: text, tool_call_id: id })
        }
        isWhole = calls.length === 0
      }
      answer.state = 'whole'
    } catch (error) {
      answer.state = signal.aborted ? 'stopped' : 'broken_off'
      if (signal.aborted) this.stopped++
      else answer.why = (error as Error).message
    }
  }

  #resultOf(name: string, given: Given): { text: string; isError: boolean } {
    const { content, isError = false } = (this.#model.call?.(name, given) ?? DONE) as typeof DONE
    return { text: content.map(({ text }) => text).join('\n'), isError }
  }

  async #consent(
    id: string,
    { name, arguments: given }: Call,
    tell: (part: ChatPart) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const key = randomUUID()
    this.#approvals.set(key, { tool: name, given, decide: resolve })
    tell({ step: { kind: 'asks', id } })
    try {
      return await Promise.race([promise, onceAborted(signal).then(() => Promise.reject(signal.reason))])
    } finally {
      this.#approvals.delete(key)
    }
  }
}

const WHOLE = { state: 'whole' } as const
const DONE: { content: { type: string; text: string }[]; isError?: boolean } = {
  content: [{ type: 'text', text: 'done' }],
}

const told = (structuredContent: unknown) => ({ content: [], structuredContent })

function shapeOf({ id, title, changed, messages, model, tools }: Conversation) {
  return {
    id,
    title,
    changed: new Date(changed).toISOString(),
    messages: messages.length,
    ...(model && { model }),
    ...(tools && { tools }),
  }
}

function pageOf(conversation: Conversation, { before, limit }: Given) {
  const { messages } = conversation
  const end = before === undefined ? messages.length : messages.findIndex(({ id }) => id === before)
  const from = Math.max(0, end - Number(limit))
  return {
    conversation: shapeOf(conversation),
    messages: messages.slice(from, end),
    ...(from > 0 && { older: messages[from]?.id }),
  }
}

const onceAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Says all that there is, at its pace. Rejects with the reason of the signal. */
async function inPieces(
  { pieces = [], perSecond, hangs }: Answer,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now()
  const stopped = onceAborted(signal)
  for (let sent = 0; sent < pieces.length; ) {
    const elapsed = (performance.now() - started) / 1000
    const due =
      perSecond === undefined ? pieces.length : Math.min(pieces.length, Math.floor(elapsed * perSecond))
    if (due > sent) say(pieces.slice(sent, due).join(''))
    sent = due
    if (sent < pieces.length) await Promise.race([stopped, new Promise((next) => setTimeout(next, TICK_MS))])
    signal.throwIfAborted()
  }
  if (hangs) {
    await stopped
    signal.throwIfAborted()
  }
}
