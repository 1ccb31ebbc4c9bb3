/**
 * Bearer tokens: 256 random bits, known here by their SHA-256 only. Since that many bits can't be guessed, a
 * plain hash is enough and a look-up by it leaks nothing by its timing.
 *
 * A token ends in memory first, and is then written down; a disk that is full or broken keeps none alive.
 */
import { hash, randomBytes } from 'node:crypto'
import { machineClock } from '../../host/clock.ts'
import { type Clocks, ForwardClock } from '../../host/forward-clock.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { TokenRecord, TokenRights, TokenStore } from '../state/tokens.ts'

const PREFIX = 'lb_'
/** The time of the last use that is shown is at most this old, in milliseconds; not every call is worth a write. */
const TOUCH_EVERY_MS = 60_000
/** How often it is looked whether a token has expired, in milliseconds: streams stay open without a request. */
const SWEEP_EVERY_MS = 1000
/** How often what could not be written down is tried again, in milliseconds. */
const WRITE_AGAIN_EVERY_MS = 5000
/** How much of the time that it saw a killed gateway may forget, in milliseconds. */
const SAVE_TIME_EVERY_MS = 10 * 60_000
/** How many tokens one user may have, expired ones too: each is kept in memory and looked at again and again. */
export const MAX_OF_USER = 1000
const MAX_SECONDS = 100 * 366 * 24 * 3600

export interface TokenOptions {
  expiresInSeconds?: number | undefined
  /** The tier that it is bound to; the licence's without. */
  tier?: string | undefined
  /** Patterns of capabilities that it is not asked about; none without. */
  trust?: string[] | undefined
  /** Patterns of the tools that it may use; all without. */
  tools?: string[] | undefined
}

/** What became of a token, and why that could not be written down where it could not. */
export interface Done {
  record: TokenRecord
  unwritten?: string
}

export interface Tokens {
  /** The record of a token that holds now, of which `hash` may be known; throws UNAUTHENTICATED otherwise. */
  verify(token: string, hash?: string): TokenRecord
  /** The record of the token with this id, which holds now; throws UNAUTHENTICATED otherwise. Does not count as a use. */
  withId(id: string): TokenRecord
  /** Throws UNAUTHENTICATED where a token that held once does not hold any longer. */
  check(record: TokenRecord): void
  /**
   * Makes a token; its text is given this once, when it is written down. Its name is there once among those of its user. Rejects
   * with RATE_LIMITED where the user has as many as one may, and where the disk is full.
   */
  create(name: string, user: string, options?: TokenOptions): Promise<TokenRecord & { token: string }>
  list(): TokenRecord[]
  /**
   * Ends a token before it returns, by its id or name; of one user alone if told. Resolves once that is written down, or could
   * not be. Rejects with INVALID_PARAMS if there is none, or if tokens of several users have that name.
   */
  revoke(idOrName: string, user?: string): Promise<Done>
  /** Changes what a token may do, before it returns; what is not told stays. Else as `revoke`. */
  change(idOrName: string, rights: Partial<TokenRights>, user?: string): Promise<Done>
  /** Called with each token that stops to hold, by revocation or by its time. */
  onEnd(listener: (record: TokenRecord) => void): void
  /** Called with each token that may do something else from now on. */
  onChange(listener: (record: TokenRecord) => void): void
  /** Keeps the time that it saw. */
  close(): Promise<void>
}

export function createTokens(store: TokenStore, clocks: Clocks = machineClock): Tokens {
  const clock = new ForwardClock(store.latestTime(), clocks)
  const byHash = new Map(store.all().map((record) => [record.hash, record]))
  const onEnd: ((record: TokenRecord) => void)[] = []
  const onChange: ((record: TokenRecord) => void)[] = []
  /** What is still to be written down, by what it is of which token. */
  const unwritten = new Map<string, () => Promise<void>>()
  let savedTime = 0

  /** Writes something down now or, where that fails, as soon as it can be; says why it failed. */
  const write = async (what: string, work: () => Promise<void>): Promise<{ unwritten?: string }> => {
    try {
      await work()
      unwritten.delete(what)
      return {}
    } catch (error) {
      unwritten.set(what, work)
      return { unwritten: (error as Error).message }
    }
  }
  const expire = (record: TokenRecord) => {
    record.expired = true
    void write(`expired ${record.id}`, () => store.end(record.id, 'expired'))
    for (const listener of onEnd) listener(record)
  }
  const isDue = ({ expiresAt, expired }: TokenRecord) =>
    !expired && expiresAt !== null && expiresAt <= clock.now()
  const check = (record: TokenRecord) => {
    if (byHash.get(record.hash) !== record) throw unknown()
    if (isDue(record)) expire(record)
    if (record.expired)
      throw new RpcError(
        'UNAUTHENTICATED',
        `The token "${record.name}" has expired. "luca token create NAME" makes a new one.`,
      )
  }
  // A full disk refuses no client; `/ready` tells of it, and the next time writes it.
  const touch = (id: string, at: number) => void store.touch(id, at).catch(() => {})
  const saveTime = async () => {
    if (![...byHash.values()].some(({ expiresAt, expired }) => expiresAt !== null && !expired)) return
    savedTime = clock.now()
    await store.saveLatestTime(savedTime).catch(() => {})
  }
  const find = (idOrName: string, user: string | undefined): TokenRecord => {
    const own = [...byHash.values()].filter((record) => user === undefined || record.user === user)
    const named = own.filter(({ name }) => name === idOrName)
    const record = own.find(({ id }) => id === idOrName) ?? named[0]
    if (!record)
      throw new RpcError(
        'INVALID_PARAMS',
        `There is no token "${idOrName.slice(0, 64)}"; "luca token list" lists them.`,
      )
    if (record.id !== idOrName && named.length > 1)
      throw new RpcError(
        'INVALID_PARAMS',
        `Several users have a token named "${idOrName}"; give its id, which "luca token list" shows.`,
      )
    return record
  }
  /** With its time as the machine's clock will show it. */
  const shown = (record: TokenRecord): TokenRecord => ({
    ...record,
    expiresAt: record.expiresAt === null ? null : clock.shown(record.expiresAt),
  })

  const sweep = setInterval(() => {
    for (const record of byHash.values()) if (isDue(record)) expire(record)
    if (clock.now() - savedTime >= SAVE_TIME_EVERY_MS) void saveTime()
  }, SWEEP_EVERY_MS).unref()
  const again = setInterval(() => {
    for (const [what, work] of unwritten) void write(what, work)
    // The next time, if not now; until then the reserve holds what the tables do not.
    void store.settle().catch(() => {})
  }, WRITE_AGAIN_EVERY_MS).unref()

  return {
    verify(token, known = digest(token)) {
      const record = byHash.get(known)
      if (!record) throw unknown()
      check(record)
      const at = clocks.wall()
      if (Math.abs(at - (record.lastUsedAt ?? 0)) > TOUCH_EVERY_MS) {
        record.lastUsedAt = at
        touch(record.id, at)
      }
      return record
    },
    withId(id) {
      for (const record of byHash.values())
        if (record.id === id) {
          check(record)
          return record
        }
      throw unknown()
    },
    check,
    async create(name, user, { expiresInSeconds, tier, trust, tools } = {}) {
      if (!/^[^\p{C}]{1,64}$/u.test(name))
        throw new RpcError('INVALID_PARAMS', 'A token needs a name of 1 to 64 visible characters.')
      if (expiresInSeconds !== undefined && !(expiresInSeconds > 0 && expiresInSeconds <= MAX_SECONDS))
        throw new RpcError(
          'INVALID_PARAMS',
          'expiresInSeconds must be a positive number, of 100 years at most.',
        )
      const own = [...byHash.values()].filter((other) => other.user === user)
      if (own.length >= MAX_OF_USER)
        throw new RpcError(
          'RATE_LIMITED',
          `"${user}" has ${MAX_OF_USER} tokens, the most that one user may have (tokens.perUser); "luca token list" shows them, and "luca token revoke NAME" ends one.`,
          { data: { limit: 'tokens.perUser' } },
        )
      if (own.some((other) => other.name === name))
        throw new RpcError(
          'INVALID_PARAMS',
          `There is a token named "${name}" already; revoke it first or choose another name.`,
        )
      const token = PREFIX + randomBytes(32).toString('base64url')
      const record: TokenRecord = {
        id: randomBytes(6).toString('hex'),
        name,
        hash: digest(token),
        user,
        createdAt: clocks.wall(),
        expiresAt: expiresInSeconds === undefined ? null : clock.now() + Math.round(expiresInSeconds * 1000),
        lastUsedAt: null,
        tier: tier ?? null,
        trust: trust ?? [],
        tools: tools ?? null,
        expired: false,
      }
      // Its name is taken from now on; its text, which no client has yet, is given once it is written down.
      byHash.set(record.hash, record)
      await store.add(record).catch((error: unknown) => {
        byHash.delete(record.hash)
        throw error
      })
      return { ...shown(record), token }
    },
    list: () => [...byHash.values()].map(shown),
    async revoke(idOrName, user) {
      const record = find(idOrName, user)
      byHash.delete(record.hash)
      if (!record.expired) for (const listener of onEnd) listener(record)
      const written = await write(`revoked ${record.id}`, () => store.end(record.id, 'revoked'))
      return { record: shown(record), ...written }
    },
    async change(idOrName, rights, user) {
      const record = find(idOrName, user)
      Object.assign(record, rights)
      for (const listener of onChange) listener(record)
      const written = await write(`changed ${record.id}`, () => store.change(record.id, record))
      return { record: shown(record), ...written }
    },
    onEnd: (listener) => void onEnd.push(listener),
    onChange: (listener) => void onChange.push(listener),
    async close() {
      clearInterval(sweep)
      clearInterval(again)
      await saveTime()
    },
  }
}

const unknown = () =>
  new RpcError(
    'UNAUTHENTICATED',
    'This token is not known here, or was revoked. "luca token create NAME" makes one.',
  )

/** What a token is known by. */
export const digest = (token: string) => hash('sha256', token, 'hex')
