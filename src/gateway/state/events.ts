/** What is kept of events: who hears which, and those that wait for them. */
import type { Database, Writer } from '../../host/database.ts'
import { EVENTS_WAITING, type EventData, type HeardEvent } from '../../protocol/events.ts'
import type { EntryRights } from './wakes.ts'

/** A server that hears an event of a user's. */
export interface Hearer {
  id: number
  user: string
  server: string
  event: string
  /** The id of the principal on whose behalf it hears, and what that one must be allowed then. */
  onBehalfOf: string
  rights: EntryRights
  /** When what waits is given to it, milliseconds since the epoch; undefined where nothing does, or it failed too often. */
  next: number | undefined
  tries: number
  problem: string | undefined
  /** Whether there were more events than may wait. */
  andOthers: boolean
  waiting: number
  /** Whether it hears no longer; it is shown until it does again, or is removed. */
  hasEnded: boolean
}

export interface EventStore {
  /** Has a server hear an event, or changes on whose behalf it does. */
  hear(hearer: Pick<Hearer, 'user' | 'server' | 'event' | 'onBehalfOf' | 'rights'>): Promise<void>
  unhear(user: string, server: string, event: string): Promise<boolean>
  remove(id: number): Promise<void>
  /** Keeps an event for all who hear it, due now. */
  tell(user: string, event: string, data: EventData, now: number): Promise<void>
  hearers(user?: string): Hearer[]
  /** Those that something is to be given to. */
  due(now: number): Hearer[]
  /** When that is for the next of them that is not due yet. */
  nextAfter(now: number): number | undefined
  /** The oldest events that wait for a hearer. */
  waiting(hearer: number, limit: number): (HeardEvent & { id: number })[]
  /** Forgets what a hearer has taken, up to this event, and that there were others if it received that. */
  taken(hearer: number, upTo: number, wasToldOfOthers: boolean, now: number): Promise<void>
  /** It could not be given. */
  failed(hearer: number, next: number | undefined, tries: number, problem: string): Promise<void>
  /** Has nothing tried again later than then; gives how many of them changed. */
  noLaterThan(at: number): Promise<number>
  /** Has it hear no longer; what waits for it is forgotten. */
  end(hearer: number, problem: string): Promise<void>
  /** The same for all that is on behalf of a principal; gives how many that were. */
  endOf(onBehalfOf: string, problem: string): Promise<number>
}

export const EVENT_TABLES = `CREATE TABLE hearer (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     user TEXT NOT NULL,
     server TEXT NOT NULL,
     event TEXT NOT NULL,
     onBehalfOf TEXT NOT NULL,
     rights TEXT NOT NULL,
     next INTEGER,
     tries INTEGER NOT NULL DEFAULT 0,
     problem TEXT,
     andOthers INTEGER NOT NULL DEFAULT 0,
     hasEnded INTEGER NOT NULL DEFAULT 0,
     UNIQUE (user, server, event)
   ) STRICT;
   CREATE TABLE event (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     hearer INTEGER NOT NULL,
     at INTEGER NOT NULL,
     data TEXT NOT NULL
   ) STRICT;
   CREATE INDEX eventOfHearer ON event (hearer, id)`

const SELECT = 'SELECT *, (SELECT count(*) FROM event WHERE hearer = hearer.id) AS waiting FROM hearer'

/** A hearer as the tables hold it. */
type Row = Omit<Hearer, 'rights' | 'next' | 'problem' | 'andOthers' | 'hasEnded'> & {
  rights: string
  next: number | null
  problem: string | null
  andOthers: number
  hasEnded: number
}

export function eventStore(database: Pick<Database, 'all' | 'get' | 'run' | 'transaction'>): EventStore {
  const hearers = (where: string, ...values: (string | number | null)[]): Hearer[] =>
    database.all<Row>(`${SELECT} ${where}`, ...values).map(hearerOf)
  return {
    async hear({ user, server, event, onBehalfOf, rights }) {
      await database.run(
        `INSERT INTO hearer (user, server, event, onBehalfOf, rights) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (user, server, event) DO UPDATE SET
           onBehalfOf = excluded.onBehalfOf, rights = excluded.rights,
           problem = CASE WHEN hasEnded = 1 THEN NULL ELSE problem END, hasEnded = 0`,
        user,
        server,
        event,
        onBehalfOf,
        JSON.stringify(rights),
      )
    },
    unhear: (user, server, event) =>
      database.transaction((writer) => {
        const row = writer.get<{ id: number }>(
          'SELECT id FROM hearer WHERE user = ? AND server = ? AND event = ?',
          user,
          server,
          event,
        )
        if (row) for (const sql of REMOVE) writer.run(sql, row.id)
        return row !== undefined
      }),
    remove: (id) =>
      database.transaction((writer) => {
        for (const sql of REMOVE) writer.run(sql, id)
      }),
    tell: (user, event, data, now) =>
      database.transaction((writer) => {
        const text = JSON.stringify(data)
        for (const { id, waiting } of writer.all<Row>(
          `${SELECT} WHERE user = ? AND event = ? AND hasEnded = 0`,
          user,
          event,
        )) {
          if (waiting < EVENTS_WAITING)
            writer.run('INSERT INTO event (hearer, at, data) VALUES (?, ?, ?)', id, now, text)
          else writer.run('UPDATE hearer SET andOthers = 1 WHERE id = ?', id)
          // One that is being tried again goes on as it was; one that failed too often has another chance.
          writer.run('UPDATE hearer SET next = ?, tries = 0 WHERE id = ? AND next IS NULL', now, id)
        }
      }),
    hearers: (user) => hearers('WHERE ?1 IS NULL OR user = ?1 ORDER BY user, server, event', user ?? null),
    due: (now) => hearers('WHERE next <= ? ORDER BY next', now),
    nextAfter: (now) =>
      database.get<{ next: number | null }>('SELECT min(next) AS next FROM hearer WHERE next > ?', now)
        ?.next ?? undefined,
    waiting: (hearer, limit) =>
      database
        .all<{ id: number; at: number; data: string }>(
          'SELECT id, at, data FROM event WHERE hearer = ? ORDER BY id LIMIT ?',
          hearer,
          limit,
        )
        .map(({ data, ...event }) => ({ ...event, data: JSON.parse(data) })),
    taken: (hearer, upTo, wasToldOfOthers, now) =>
      database.transaction((writer) => {
        writer.run('DELETE FROM event WHERE hearer = ? AND id <= ?', hearer, upTo)
        if (wasToldOfOthers) writer.run('UPDATE hearer SET andOthers = 0 WHERE id = ?', hearer)
        writer.run(
          `UPDATE hearer SET tries = 0, problem = NULL,
             next = CASE WHEN andOthers = 1 OR EXISTS (SELECT 1 FROM event WHERE hearer = hearer.id) THEN ? END
           WHERE id = ? AND hasEnded = 0`,
          now,
          hearer,
        )
      }),
    async failed(hearer, next, tries, problem) {
      await database.run(
        'UPDATE hearer SET next = ?, tries = ?, problem = ? WHERE id = ? AND hasEnded = 0',
        next ?? null,
        tries,
        problem,
        hearer,
      )
    },
    async noLaterThan(at) {
      return (await database.run('UPDATE hearer SET next = ? WHERE next > ?', at, at)).changes
    },
    end: (hearer, problem) =>
      database.transaction((writer) => {
        end(writer, hearer, problem)
      }),
    endOf: (onBehalfOf, problem) =>
      database.transaction((writer) => {
        const sql = 'SELECT id FROM hearer WHERE onBehalfOf = ? AND hasEnded = 0'
        const ids = writer.all<{ id: number }>(sql, onBehalfOf)
        for (const { id } of ids) end(writer, id, problem)
        return ids.length
      }),
  }
}

const REMOVE = ['DELETE FROM event WHERE hearer = ?', 'DELETE FROM hearer WHERE id = ?']

function end(writer: Writer, hearer: number, problem: string): void {
  writer.run('DELETE FROM event WHERE hearer = ?', hearer)
  writer.run(
    'UPDATE hearer SET hasEnded = 1, next = NULL, tries = 0, andOthers = 0, problem = ? WHERE id = ?',
    problem,
    hearer,
  )
}

const hearerOf = ({ rights, next, problem, andOthers, hasEnded, ...row }: Row): Hearer => ({
  ...row,
  rights: JSON.parse(rights),
  next: next ?? undefined,
  problem: problem ?? undefined,
  andOthers: andOthers === 1,
  hasEnded: hasEnded === 1,
})
