/** The interface at work: messages in, effects done, pictures out. */
import { join } from 'node:path'
import { ADMIN } from '../../command/admin.ts'
import { backgroundWorks } from '../../command/background.ts'
import { joinAnswer, sendMessage } from '../../command/chat/send.ts'
import type { Command } from '../../command/command.ts'
import type { Io } from '../../command/io.ts'
import { usageLine } from '../../command/usage.ts'
import type { ChatPart } from '../../contracts/chat.ts'
import type { InputRequest } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { tokenCountIn } from '../model/answers.ts'
import type { Effect, Outcome } from '../model/effects.ts'
import type { Message } from '../model/message.ts'
import { CHOICES, type State, topOverlay } from '../model/state.ts'
import { update } from '../model/update.ts'
import { Calls } from './calls.ts'
import { askConsent } from './consent.ts'
import { importOld } from './import.ts'
import { Lines } from './lines.ts'
import { followLog } from './log.ts'
import { machineFacts } from './machine.ts'
import { allPrompts, filesNamed, offerOf } from './offer.ts'
import { copyServed, editServed, type WithTerminal } from './served-files.ts'
import { type Storage, storageIn } from './storage.ts'

/** The terminal, as far as effects reach it. */
export interface Face {
  /** The state has changed; `soon` where a person waits to see it. */
  changed(state: State, soon: boolean): void
  bell(): void
  withTerminal: WithTerminal
  /** Stops the process until its shell continues it. False where there is no shell that would. */
  suspend(): Promise<boolean>
}

export interface SessionOptions {
  io: Io
  socket: string
  commands: readonly Command[]
  /** The state folder. */
  folder: string
  state: State
  face: Face
}

/** How long a search waits for the next letter, in milliseconds. */
const FIND_AFTER_MS = 150
/** What a person has just done is shown at once. */
const PERSON: ReadonlySet<Message['type']> = new Set(['key', 'text', 'paste', 'click', 'wheel'])

export class Session {
  readonly #options: SessionOptions
  readonly #storage: Storage
  readonly #lines: Lines
  readonly #calls: Calls
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #running = new Map<string, AbortController>()
  /** Calls of answers that the person was asked about, by their names in the queue. */
  readonly #askedAbout = new Set<string>()
  #questions = 0
  #end: () => void = () => {}
  #ended = false
  #hasBegun = false
  state: State
  /** Settles when the person leaves. */
  readonly ended: Promise<void>

  constructor(options: SessionOptions) {
    this.#options = options
    this.#storage = storageIn(options.folder)
    const chosen = this.#storage.recall(CHOICES.folder, CHOICES.name)
    this.#lines = new Lines({
      io: options.io,
      socket: options.socket,
      commands: options.commands,
      history: join(options.folder, 'line-history'),
      dispatch: (message) => this.dispatch(message),
    })
    this.#calls = new Calls({
      connected: () => this.#lines.shell.gateway.link(),
      helper: options.io.env.LLMBDO_ADMIN_SOCKET,
      ask: (request, signal) => this.#ask(request, signal),
    })
    this.state = {
      ...options.state,
      ...choicesFrom(chosen),
      typed: [...this.#lines.typed],
      commands: this.#lines.commands.map((command) => ({
        name: command.name,
        summary: command.summary,
        usage: usageLine(command),
      })),
    }
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Connects, and again whenever the gateway was lost. */
  start(): void {
    const { gateway } = this.#lines.shell
    gateway.onChange = () => void this.#linkChanged()
    void gateway.keepConnected().then(() => {
      if (!gateway.isConnected) void this.#linkChanged()
    })
  }

  readonly dispatch = (message: Message): void => {
    if (this.#ended) return
    const { state, effects } = update({ ...this.state, now: Date.now() }, message)
    this.state = state
    for (const effect of effects) this.#run(effect)
    this.#options.face.changed(state, PERSON.has(message.type))
  }

  /** Keeps what is to be kept and ends all that runs. */
  close(): void {
    if (this.#ended) return
    // What is kept after a while is kept now.
    for (const { id } of this.state.views) this.dispatch({ type: 'view', id, message: { type: 'hidden' } })
    this.#ended = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    for (const stop of this.#running.values()) stop.abort(new Error('luca has ended.'))
    this.#lines.close()
    this.#end()
  }

  /** Asks the person. A question that is aborted is there no longer. */
  #ask(request: InputRequest, signal?: AbortSignal): Promise<Record<string, unknown>> {
    const name = `question ${this.#questions++}`
    return new Promise((answer, fail) => {
      this.dispatch({ type: 'asked', request, name, answer })
      signal?.addEventListener('abort', () => {
        this.dispatch({ type: 'withdrawn', name })
        fail(signal.reason as Error)
      })
    })
  }

  #run(effect: Effect<Message>): void {
    const { face, socket, io } = this.#options
    switch (effect.type) {
      case 'tool':
        this.#keyed(effect.key, effect.reply, (signal) =>
          this.#calls.tool(effect, signal, (text) => {
            if (effect.progress) this.dispatch(effect.progress(text))
          }),
        )
        break
      case 'v1':
        this.#keyed(undefined, effect.reply, async (signal) =>
          (await this.#calls.link(effect.consent)).v1(effect.method, effect.params, signal),
        )
        break
      case 'request':
        this.#keyed(undefined, effect.reply, async (signal) =>
          (await this.#calls.link('person')).request(effect.method, effect.params, { signal }),
        )
        break
      case 'helper':
        this.#keyed(undefined, effect.reply, (signal) =>
          this.#calls.helper(effect.verb, effect.params, signal),
        )
        break
      case 'chat': {
        const { ask, part } = effect
        this.#keyed(effect.key, effect.reply, async (signal) => {
          const link = await this.#calls.link('person')
          const following = { signal, onPart: (one: ChatPart) => this.dispatch(part(one)), goesOn: true }
          return 'join' in ask ? joinAnswer(link, ask.join, following) : sendMessage(link, ask, following)
        })
        break
      }
      case 'consent':
        this.#keyed(effect.key, effect.reply, async (signal) => {
          const link = await this.#calls.link('person')
          const ask = (request: InputRequest) => this.#calls.ask(request, signal)
          await askConsent(effect.tool, { link, signal, ask, asked: this.#askedAbout })
          return null
        })
        break
      case 'import':
        this.#keyed(undefined, effect.reply, async (signal) =>
          importOld(await this.#calls.link('given'), this.#options.folder, this.#storage, signal),
        )
        break
      case 'prompts':
        this.#keyed(undefined, effect.reply, async () => allPrompts(await this.#calls.link('person')))
        break
      case 'edit':
        this.#keyed(undefined, effect.reply, async () =>
          editServed(await this.#calls.link('given'), effect.path, io.env, face.withTerminal),
        )
        break
      case 'copy':
        this.#keyed(undefined, effect.reply, async () =>
          copyServed(await this.#calls.link('given'), effect.from, effect.to),
        )
        break
      case 'log':
        this.#keyed(effect.key, effect.reply, async (signal) => {
          await followLog(socket, (records) => this.dispatch(effect.records(records)), signal)
          return null
        })
        break
      case 'machine':
        this.#keyed(undefined, effect.reply, () => machineFacts(this.#options.folder, this.#options.io.env))
        break
      case 'works':
        this.#keyed(undefined, effect.reply, () => backgroundWorks(this.#options.socket))
        break
      case 'line':
        this.#lines.run(effect.text)
        break
      case 'complete':
        void this.#lines.complete(effect.query)
        break
      case 'find':
        this.#later('find', FIND_AFTER_MS, () => void this.#findFiles(effect.query))
        break
      case 'abort':
        this.#abort(effect.key)
        break
      case 'later':
        this.#later(effect.key, effect.ms, () => this.dispatch(effect.message))
        break
      case 'keep':
        this.#keep(effect.folder, effect.name, effect.value)
        break
      case 'recall':
        this.dispatch(effect.reply(this.#storage.recall(effect.folder, effect.name)))
        break
      case 'bell':
        face.bell()
        break
      case 'suspend':
        void face.suspend().then((stopped) => {
          if (!stopped) this.dispatch({ type: 'said', text: NO_SHELL, tone: 'plain' })
        })
        break
      case 'reconnect':
        void this.#lines.shell.gateway.reconnect().catch(() => this.#linkChanged())
        break
      case 'quit':
        this.close()
      // The others are changes of the state, and are made there.
    }
  }

  /** Does some work, tells what became of it, and lets it be stopped by its key. */
  #keyed<T>(
    key: string | undefined,
    reply: (outcome: Outcome<T>) => Message,
    work: (signal: AbortSignal) => Promise<T>,
  ): void {
    const stop = new AbortController()
    const name = key ?? `unnamed ${Math.random()}`
    this.#running.set(name, stop)
    void work(stop.signal).then(
      (value) => this.#settled(name, stop, reply({ ok: true, value })),
      (error: unknown) =>
        this.#settled(
          name,
          stop,
          reply({ ok: false, error: sentenceOf(error), ...(stop.signal.aborted ? { cancelled: true } : {}) }),
        ),
    )
  }

  #settled(name: string, stop: AbortController, message: Message): void {
    if (this.#running.get(name) === stop) this.#running.delete(name)
    this.dispatch(message)
  }

  #abort(key: string): void {
    const job = /^job (\d+)$/.exec(key)?.[1]
    if (job !== undefined) this.#lines.stop(Number(job))
    this.#running.get(key)?.abort(new Error('Stopped.'))
    clearTimeout(this.#timers.get(key))
  }

  #later(key: string, ms: number, then: () => void): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key)
        then()
      }, ms),
    )
  }

  #keep(folder: string, name: string, value: unknown): void {
    try {
      this.#storage.keep(folder, name, value)
    } catch (error) {
      this.dispatch({ type: 'said', text: `This was not saved: ${sentenceOf(error)}`, tone: 'warning' })
    }
  }

  async #linkChanged(): Promise<void> {
    const { gateway } = this.#lines.shell
    if (gateway.isConnected) {
      // Views come and go with what is offered, so that comes first.
      await this.#askOffer()
      this.dispatch({ type: 'link', link: { state: 'connected' } })
      if (!this.#hasBegun) await this.#begin()
      return
    }
    try {
      await gateway.link()
    } catch (error) {
      this.dispatch({ type: 'link', link: { state: 'lost', why: sentenceOf(error) } })
    }
  }

  /** Without a token, one begins with the first steps. */
  async #begin(): Promise<void> {
    this.#hasBegun = true
    try {
      const link = await this.#lines.shell.gateway.link()
      if (tokenCountIn(await link.request(ADMIN.listTokens)) === 0)
        this.dispatch({ type: 'go', view: 'setup' })
    } catch {
      // A user who may not see tokens has no first steps to take.
    }
  }

  async #askOffer(): Promise<void> {
    try {
      this.dispatch({ type: 'offer', offer: await offerOf(await this.#lines.shell.gateway.link()) })
    } catch (error) {
      this.dispatch({
        type: 'said',
        text: `luca can’t read what the gateway offers: ${sentenceOf(error)}`,
        tone: 'error',
      })
    }
  }

  async #findFiles(query: string): Promise<void> {
    if (topOverlay(this.state)?.type !== 'palette') return
    try {
      const files = await filesNamed(await this.#calls.link('person'), query)
      if (files.length > 0) this.dispatch({ type: 'found-files', query, files })
    } catch {
      // The palette works without.
    }
  }
}

const NO_SHELL = 'No shell started luca here, so Ctrl-Z does nothing; Ctrl-Q quits.'

/** What was chosen before, as far as it can be understood. */
function choicesFrom(value: unknown): Partial<Pick<State, 'mouse' | 'theme' | 'themeChosen'>> {
  if (!isRecord(value)) return {}
  const { mouse, theme } = value
  return {
    ...(typeof mouse === 'boolean' ? { mouse } : {}),
    ...(theme === 'dark' || theme === 'light' ? { theme, themeChosen: true } : {}),
  }
}

/** What went wrong, for people. */
function sentenceOf(error: unknown): string {
  const { code, syscall, address } = error as NodeJS.ErrnoException & { address?: string }
  if (syscall === 'connect') return `No gateway answers at ${address} (${code}).`
  return error instanceof Error ? error.message : String(error)
}
