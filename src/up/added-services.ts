/** The services of servers that are added, changed and removed while the appliance runs. */
import { type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { mustReadFileSync } from '../host/bounded-file.ts'
import { type Plan, planOf } from './plan.ts'
import { MAX_UNIT_BYTES, UnitFolders } from './units/unit.ts'

const SOCKET = /^mcp-[^@]+@\.socket$/
/** Several files belong to one change: how long it is waited for the rest of them, in milliseconds. */
const SETTLE_MS = 100

export interface AddedServicesOptions {
  /** The folder of their unit files. */
  folder: string
  /** The other folders of unit files, with what holds for every server. */
  others: readonly string[]
  instance: string
  /** Starts a service with its sockets; gives what ends it again. */
  start(plan: Plan): () => Promise<void>
  log(line: string): void
}

export class AddedServices {
  readonly #options: AddedServicesOptions
  /** By the name of the socket's file: the text that it was started from, and what ends it. */
  readonly #running = new Map<string, { text: string; end(): Promise<void> }>()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  /** One look after the other. */
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: AddedServicesOptions) {
    this.#options = options
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  }

  /** Starts those that are there, and from then on whatever changes. */
  async watch(): Promise<void> {
    this.#watcher = watch(this.#options.folder, () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#look(), SETTLE_MS)
    })
    this.#look()
    await this.#looking
  }

  /** Watches no longer; the services that run are ended by whoever started them. */
  async close(): Promise<void> {
    this.#closed = true
    this.#watcher?.close()
    clearTimeout(this.#timer)
    await this.#looking
  }

  #look(): void {
    this.#looking = this.#looking
      .then(() => this.#sync())
      .catch((error: Error) => this.#options.log(error.message))
  }

  async #sync(): Promise<void> {
    if (this.#closed) return
    const { folder, log } = this.#options
    const files = readdirSync(folder).filter((name) => SOCKET.test(name))
    for (const [file, { end }] of this.#running)
      if (!files.includes(file) || this.#text(file) !== this.#running.get(file)?.text) {
        this.#running.delete(file)
        await end()
      }
    for (const file of files) {
      if (this.#running.has(file)) continue
      try {
        const text = this.#text(file)
        const folders = new UnitFolders([folder, ...this.#options.others])
        const end = this.#options.start(planOf([file], folders, this.#options.instance))
        this.#running.set(file, { text, end })
      } catch (error) {
        log(`${file} can't be used: ${(error as Error).message}`)
      }
    }
  }

  #text(socketFile: string): string {
    const files = [socketFile, socketFile.replace(/socket$/, 'service')]
    return files.map((file) => mustReadFileSync(join(this.#options.folder, file), MAX_UNIT_BYTES)).join('')
  }
}
