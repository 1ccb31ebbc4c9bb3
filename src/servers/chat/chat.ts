/** The conversations of this server's user. */
import type { Database } from '../../protocol/database.ts'
import type { Clock, ServerHost, ToolContext } from '../../protocol/define.ts'
import { Answers } from './answering/answers.ts'
import { changedBefore, overwriteFreed, remove } from './store/removal.ts'
import { type Hit, search } from './store/search.ts'
import type { Conversation } from './store/shapes.ts'
import { Store } from './store/store.ts'

export interface ChatOptions {
  database: Database
  clock: Clock
  log: ServerHost['log']
  keepDays: number
  summariseAtPercent: number
}

/** The entry of the wake list by which old conversations go. */
const FORGET_KEY = 'forget'
const FORGET_AT = '23 4 * * *'
const DAY_MS = 86_400_000

export class Chat {
  readonly store: Store
  readonly answers: Answers
  readonly clock: Clock
  readonly #database: Database
  readonly #keepDays: number
  /** Whether the wake list has the entry. */
  #isScheduled = false

  private constructor({ database, clock, log, keepDays, summariseAtPercent }: ChatOptions) {
    this.#database = database
    this.#keepDays = keepDays
    this.clock = clock
    this.store = new Store(database)
    this.answers = new Answers({
      store: this.store,
      clock,
      summariseAt: summariseAtPercent / 100,
      warn: (err, text) => log.warn({ err }, text),
    })
  }

  static async open(options: ChatOptions): Promise<Chat> {
    overwriteFreed(options.database)
    const chat = new Chat(options)
    await chat.store.settleInterrupted()
    return chat
  }

  search(text: string, limit: number): Hit[] {
    return search(this.#database, text, limit)
  }

  /** Deletes it for good, and ends what is waited for in it. */
  async delete(conversation: Conversation, call: Pick<ToolContext, 'wake'>): Promise<void> {
    await this.answers.stop(conversation, call)
    await remove(this.#database, [conversation])
  }

  /** Has conversations go that are old, each day from now on. */
  async scheduleForgetting({ wake }: Pick<ToolContext, 'wake'>): Promise<void> {
    if (this.#isScheduled) return
    if (this.#keepDays > 0) await wake.every(FORGET_KEY, { cron: FORGET_AT })
    this.#isScheduled = true
  }

  /** The time of an entry of the wake list has come. */
  async woken(key: string, call: ToolContext): Promise<void> {
    if (await this.answers.woken(key, call)) return
    if (key !== FORGET_KEY) return
    if (this.#keepDays === 0) return void (await call.wake.cancel(FORGET_KEY))
    await remove(this.#database, changedBefore(this.#database, this.clock.wall() - this.#keepDays * DAY_MS))
  }
}
