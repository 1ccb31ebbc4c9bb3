/** How much was used, so that a restart forgets none of it. */
import type { Database } from '../../host/database.ts'

/** How many requests a user or a token made in a window, as limits/ describes it. */
export interface RateRecord {
  key: string
  windowMs: number
  at: number
  slices: [ageMs: number, count: number][]
}

/** How many tokens of language models a caller used on a day. */
export interface TokenUsageRecord {
  key: string
  /** Such as `2026-11-21`, in UTC. */
  day: string
  tokens: number
}

export interface CountStore {
  rates(): RateRecord[]
  /** Replaces what is kept of these callers, and drops what is too old to count. */
  saveRates(records: readonly RateRecord[]): Promise<void>
  /** What was used on that day. */
  tokenUsage(day: string): TokenUsageRecord[]
  /** Replaces what is kept of these callers, and drops days long past. */
  saveTokenUsage(records: readonly TokenUsageRecord[]): Promise<void>
}

/** As the table holds it: slices as JSON. */
type RateRow = Omit<RateRecord, 'slices'> & { slices: string }

export function countStore(db: Database): CountStore {
  return {
    rates: () =>
      db.all<RateRow>('SELECT * FROM rate').flatMap((row) => {
        try {
          return [{ ...row, slices: JSON.parse(row.slices) }]
        } catch {
          return [] // one that can't be read counts from now on
        }
      }),
    saveRates: (records) =>
      db.transaction((writer) => {
        for (const { key, windowMs, at, slices } of records)
          writer.run(
            'INSERT OR REPLACE INTO rate VALUES (?, ?, ?, ?)',
            key,
            windowMs,
            at,
            JSON.stringify(slices),
          )
        writer.run('DELETE FROM rate WHERE at + windowMs < ?', Date.now())
      }),
    tokenUsage: (day) => db.all<TokenUsageRecord>('SELECT * FROM tokenUsage WHERE day = ?', day),
    saveTokenUsage: (records) =>
      db.transaction((writer) => {
        for (const { key, day, tokens } of records)
          writer.run('INSERT OR REPLACE INTO tokenUsage VALUES (?, ?, ?)', key, day, tokens)
        const [{ day } = { day: '' }] = records
        // A clock that was set wrong for a while must not make a day begin anew.
        writer.run("DELETE FROM tokenUsage WHERE day < date(?, '-7 days')", day)
      }),
  }
}
