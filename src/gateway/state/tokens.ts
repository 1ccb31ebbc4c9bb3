/** The tokens that the gateway knows, and the latest time that it saw: by that they expire. */
import type { Database, Writer } from '../../host/database.ts'
import type { EndedTokens, Ending } from './ended-tokens.ts'

export interface TokenRecord {
  id: string
  name: string
  /** SHA-256 of the token, in hex. The token itself is not kept. */
  hash: string
  user: string
  /** Milliseconds since the epoch. */
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  /** The tier it is bound to; null for the licence's. */
  tier: string | null
  /** Patterns of capabilities that it is not asked about. */
  trust: string[]
  /** Patterns of the tools that it may use; null for all. */
  tools: string[] | null
  /** Whether it was seen to have expired, whatever the clock says since. */
  expired: boolean
}

/** What can be changed of a token. */
export type TokenRights = Pick<TokenRecord, 'tier' | 'trust' | 'tools'>

export interface TokenStore {
  /** Those whose row can be read: any other is not valid. */
  all(): TokenRecord[]
  add(record: TokenRecord): Promise<void>
  change(id: string, rights: TokenRights): Promise<void>
  /**
   * Writes down that a token has ended, on a full disk too; for good in the tables once those can be written, which `settle`
   * tries again. Rejects where it could not be written at all.
   */
  end(id: string, ending: Ending): Promise<void>
  /** Has the tables say what they could not before. Rejects where they still can't. */
  settle(): Promise<void>
  /** Records the last use; may be late by minutes. */
  touch(id: string, at: number): Promise<void>
  /** The latest time that was ever seen; 0 where none was kept. */
  latestTime(): number
  saveLatestTime(at: number): Promise<void>
}

/** A token as the tables hold it: lists as JSON. */
type TokenRow = Omit<TokenRecord, 'trust' | 'tools' | 'expired'> & {
  trust: string
  tools: string | null
  expired: number
}

const END: Record<Ending, string> = {
  revoked: 'DELETE FROM token WHERE id = ?',
  expired: 'UPDATE token SET expired = 1 WHERE id = ?',
}

/** `reserve` is missing where there was no room to make it. */
export function tokenStore(db: Database, reserve: EndedTokens | undefined): TokenStore {
  const endReserved = (writer: Writer) => {
    for (const [id, ending] of reserve?.all ?? []) writer.run(END[ending], id)
  }
  return {
    all() {
      const ended = new Map(reserve?.all)
      return db
        .all<TokenRow>('SELECT * FROM token ORDER BY createdAt, id')
        .filter(({ id }) => ended.get(id) !== 'revoked')
        .flatMap((row) => {
          const record = recordOf(row)
          return record ? [{ ...record, expired: record.expired || ended.has(row.id) }] : []
        })
    },
    async add(r) {
      await db.transaction((writer) => {
        endReserved(writer) // one of them may have the name
        writer.run(
          'INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          r.id,
          r.name,
          r.hash,
          r.user,
          r.createdAt,
          r.expiresAt,
          r.lastUsedAt,
          r.tier,
          JSON.stringify(r.trust),
          r.tools && JSON.stringify(r.tools),
          Number(r.expired),
        )
      })
    },
    async change(id, { tier, trust, tools }) {
      await db.run(
        'UPDATE token SET tier = ?, trust = ?, tools = ? WHERE id = ?',
        tier,
        JSON.stringify(trust),
        tools && JSON.stringify(tools),
        id,
      )
    },
    async end(id, ending) {
      const isReserved = isIn(reserve, id, ending)
      try {
        await db.run(END[ending], id)
      } catch (error) {
        if (!isReserved) throw error
      }
    },
    async settle() {
      const ended = reserve?.all ?? []
      if (ended.length === 0) return
      await db.transaction(endReserved)
      // A log that is damaged loses its end without a word; only what is in the file itself is no longer reported twice.
      await db.checkpoint()
      for (const [id, ending] of ended) reserve?.remove(id, ending)
    },
    async touch(id, at) {
      await db.run('UPDATE token SET lastUsedAt = ? WHERE id = ?', at, id)
    },
    latestTime: () => db.get<{ latest: number }>('SELECT latest FROM clock')?.latest ?? 0,
    async saveLatestTime(at) {
      await db.run('INSERT OR REPLACE INTO clock VALUES (1, ?)', at)
    },
  }
}

/** Whether the reserve says so now. It has no room for a thousand at once, nor on a disk that is broken. */
function isIn(reserve: EndedTokens | undefined, id: string, ending: Ending): boolean {
  try {
    reserve?.add(id, ending)
    return reserve !== undefined
  } catch {
    return false
  }
}

function recordOf({ trust, tools, expired, ...row }: TokenRow): TokenRecord | undefined {
  try {
    return {
      ...row,
      trust: patternsOf(trust),
      tools: tools === null ? null : patternsOf(tools),
      expired: expired !== 0,
    }
  } catch {
    return undefined
  }
}

function patternsOf(text: string): string[] {
  const list: unknown = JSON.parse(text)
  if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list
  throw new Error('It is no list of patterns.')
}
