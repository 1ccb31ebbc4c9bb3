/**
 * Bearer tokens: 256 random bits, known here by their SHA-256 only. Since that many bits can't be guessed, a
 * plain hash is enough and a look-up by it leaks nothing by its timing.
 */
import { hash, randomBytes } from 'node:crypto'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { State, TokenRecord } from '../state.ts'

const PREFIX = 'lb_'
/** What is told of the last use is at most this old, in milliseconds; not every call is worth a write. */
const TOUCH_EVERY_MS = 60_000

export interface TokenOptions {
  expiresInSeconds?: number | undefined
  /** The tier that it is bound to; the licence's without. */
  tier?: string | undefined
  /** Patterns of capabilities that it is not asked about; none without. */
  trust?: string[] | undefined
  /** Patterns of the tools that it may use; all without. */
  tools?: string[] | undefined
}

export interface Tokens {
  /** The record of a token that holds now; throws UNAUTHENTICATED otherwise. */
  verify(token: string): TokenRecord
  /** Makes a token; its text is given this once. Its name is there once among those of its user. */
  create(name: string, user: string, options?: TokenOptions): TokenRecord & { token: string }
  list(): TokenRecord[]
  /**
   * Ends a token at once, by its id or name; of one user alone if told. Throws INVALID_PARAMS if there is none, or if tokens
   * of several users have that name.
   */
  revoke(idOrName: string, user?: string): TokenRecord
  /** Called with the id of each token that stops to hold, by revocation or by its time. */
  onEnd(listener: (id: string) => void): void
  close(): void
}

export function createTokens(state: State, now: () => number = Date.now): Tokens {
  const byHash = new Map(state.tokens().map((record) => [record.hash, record]))
  const listeners: ((id: string) => void)[] = []
  const ended = new Set<string>()

  const end = (record: TokenRecord) => {
    if (ended.has(record.id)) return
    ended.add(record.id)
    for (const listener of listeners) listener(record.id)
  }
  const touch = (id: string, at: number) => {
    try {
      state.touchToken(id, at)
    } catch {
      // A full disk turns nobody away; `/ready` tells of it.
    }
  }
  const isExpired = (record: TokenRecord) => record.expiresAt !== null && record.expiresAt <= now()
  // Streams stay open without a request, so that an expiry must be noticed without one.
  const sweep = setInterval(() => {
    for (const record of byHash.values()) if (isExpired(record)) end(record)
  }, 1000).unref()

  return {
    verify(token) {
      const record = byHash.get(digest(token))
      if (!record)
        throw new RpcError(
          'UNAUTHENTICATED',
          'This token is not known here, or was revoked. "luca token create NAME" makes one.',
        )
      if (isExpired(record)) {
        end(record)
        throw new RpcError(
          'UNAUTHENTICATED',
          `The token "${record.name}" has expired. "luca token create NAME" makes a new one.`,
        )
      }
      if (now() - (record.lastUsedAt ?? 0) > TOUCH_EVERY_MS) {
        record.lastUsedAt = now()
        touch(record.id, record.lastUsedAt)
      }
      return record
    },
    create(name, user, { expiresInSeconds, tier, trust, tools } = {}) {
      if (!/^[^\p{C}]{1,64}$/u.test(name))
        throw new RpcError('INVALID_PARAMS', 'A token needs a name of 1 to 64 visible characters.')
      if (expiresInSeconds !== undefined && !(Number.isFinite(expiresInSeconds) && expiresInSeconds > 0))
        throw new RpcError('INVALID_PARAMS', 'expiresInSeconds must be a positive number.')
      if ([...byHash.values()].some((other) => other.user === user && other.name === name))
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
        createdAt: now(),
        expiresAt: expiresInSeconds === undefined ? null : now() + Math.round(expiresInSeconds * 1000),
        lastUsedAt: null,
        tier: tier ?? null,
        trust: trust ?? [],
        tools: tools ?? null,
      }
      state.addToken(record)
      byHash.set(record.hash, record)
      return { ...record, token }
    },
    list: () => [...byHash.values()],
    revoke(idOrName, user) {
      const own = [...byHash.values()].filter((record) => user === undefined || record.user === user)
      const named = own.filter(({ name }) => name === idOrName)
      const record = own.find(({ id }) => id === idOrName) ?? named[0]
      if (!record)
        throw new RpcError(
          'INVALID_PARAMS',
          `There is no token "${idOrName}"; "luca token list" shows those there are.`,
        )
      if (record.id !== idOrName && named.length > 1)
        throw new RpcError(
          'INVALID_PARAMS',
          `Several users have a token named "${idOrName}"; say its id, which "luca token list" shows.`,
        )
      state.removeToken(record.id)
      byHash.delete(record.hash)
      end(record)
      return record
    },
    onEnd: (listener) => void listeners.push(listener),
    close: () => clearInterval(sweep),
  }
}

const digest = (token: string) => hash('sha256', token, 'hex')
