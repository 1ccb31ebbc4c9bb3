/** What is read again while the gateway runs, whenever it changes: descriptors of servers, users, and names of models. */

import type { ModelAliases } from '../contracts/model-aliases.ts'
import type { Logger } from '../host/log.ts'
import { loadModelAliases } from '../host/model-aliases.ts'
import type { Auth } from './auth/auth.ts'
import type { Tokens } from './auth/tokens.ts'
import type { Users } from './auth/users.ts'
import type { Catalogue } from './routing/catalogue.ts'
import { scan, watchFolders } from './routing/descriptors.ts'

type Log = Pick<Logger, 'info' | 'warn'>

/** Keeps the catalogue as the descriptors in some folders are. */
export class Descriptors {
  readonly #folders: readonly string[]
  readonly #catalogue: Catalogue
  readonly #log: Log
  #problems: ReadonlyMap<string, string> = new Map()
  #leftOut: readonly string[] = []
  #watcher: { close(): void } | undefined

  private constructor(folders: readonly string[], catalogue: Catalogue, log: Log) {
    this.#folders = folders
    this.#catalogue = catalogue
    this.#log = log
  }

  /** Resolves once the catalogue has what there is. */
  static async watch(folders: readonly string[], catalogue: Catalogue, log: Log): Promise<Descriptors> {
    const descriptors = new Descriptors(folders, catalogue, log)
    await descriptors.#read()
    descriptors.#watcher = watchFolders(folders, () => void descriptors.#read())
    return descriptors
  }

  /** Those that can't be used, by path, with the reason. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems
  }

  close(): void {
    this.#watcher?.close()
  }

  async #read(): Promise<void> {
    const found = await scan(this.#folders)
    for (const [path, problem] of found.problems)
      if (this.#problems.get(path) !== problem) this.#log.warn({ path, problem }, 'a descriptor is left out')
    this.#problems = found.problems
    const remarks = this.#catalogue.replace(found.descriptors)
    for (const remark of remarks)
      if (!this.#leftOut.includes(remark)) this.#log.warn({ remark }, 'a resource is left out')
    this.#leftOut = remarks
  }
}

/** The names of models. A file that was broken by a change leaves them as they were; only a start with it is refused. */
export class ModelNames {
  readonly #folder: string
  readonly #log: Log
  readonly #watcher: { close(): void }
  #aliases: ModelAliases
  #problem: string | undefined

  /** `aliases` are those that were read from the folder of configuration when the gateway started. */
  constructor(folder: string, aliases: ModelAliases, log: Log) {
    this.#folder = folder
    this.#aliases = aliases
    this.#log = log
    this.#watcher = watchFolders([folder], () => void this.#read())
  }

  get aliases(): ModelAliases {
    return this.#aliases
  }

  /** Why what the file says now does not hold, as a sentence; undefined where it does. */
  get problem(): string | undefined {
    return this.#problem
  }

  close(): void {
    this.#watcher.close()
  }

  async #read(): Promise<void> {
    try {
      this.#aliases = await loadModelAliases(this.#folder)
      this.#problem = undefined
    } catch (error) {
      this.#problem = (error as Error).message
      this.#log.warn({ problem: this.#problem }, 'the names of models stay as they were')
    }
  }
}

export interface WatchedUsers {
  folder: string
  users: Users
  auth: Pick<Auth, 'usersChanged'>
  tokens: Pick<Tokens, 'list' | 'revoke'>
  log: Log
}

/** Ends what a user had once the account is gone, also if that was while the gateway was not running. */
export function watchUsers({ folder, users, auth, tokens, log }: WatchedUsers): { close(): void } {
  const endWhoIsGone = () => {
    auth.usersChanged()
    if (!users.areKept) return
    for (const { id, name, user } of tokens.list())
      if (!users.has(user)) {
        log.info({ token: name, user }, 'a token ended with its user')
        void tokens.revoke(id)
      }
  }
  endWhoIsGone()
  return watchFolders([folder], endWhoIsGone)
}
