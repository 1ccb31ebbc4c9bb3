/** The wake list: what a server asks the gateway for so that it is woken later, and what it then receives. */

/** When an entry comes again. */
export type WakeRule =
  /**
   * Five fields of cron: minute, hour, day of month, month, weekday (0 or 7 for Sunday, or MON); in a time zone such as
   * `Europe/Paris`, or that of this machine.
   */
  | { cron: string; zone?: string }
  /** Every so many minutes, whatever the clock shows. */
  | { minutes: number }

/** What a server wants to be woken for. */
export interface WakeEntry {
  /** The server's own name for it. */
  key: string
  /** When it is woken next; milliseconds since the epoch. Null where the entry has ended. */
  next: number | null
  /** Undefined for an entry that comes once. */
  rule?: WakeRule
  /** How often it was tried in vain for that time. */
  tries: number
  /** Why it was in vain the last time, or why the entry has ended. */
  problem?: string
}

/** What a server receives when it is woken. */
export interface Waking {
  /** The time that the entry was for; milliseconds since the epoch. */
  due: number
  /** Whether that is more than a minute ago: the machine was off, or the server could not be reached or failed. */
  late: boolean
  /** How often it was tried in vain before. */
  tries: number
}

/** The list of one server and user, as a call of theirs has it. All of it is kept when its promise resolves. */
export interface WakeList {
  /**
   * Wakes the server once, at a time; at once where that has passed. In place of what has the same key. It is done on behalf of
   * who makes this call, with what they may do then.
   */
  at(key: string, time: Date | number): Promise<void>
  /** Wakes it again and again. */
  every(key: string, rule: WakeRule): Promise<void>
  /** Whether there was one of that key. */
  cancel(key: string): Promise<boolean>
  list(): Promise<WakeEntry[]>
}

/** What a server asks of the gateway for it, within a call. */
export const WAKE = {
  at: 'gateway/wake.at',
  every: 'gateway/wake.every',
  cancel: 'gateway/wake.cancel',
  list: 'gateway/wake.list',
} as const

/** How many entries one user may have, over all servers. */
export const WAKES_PER_USER = 1000
/** The longest key, in characters. */
export const MAX_WAKE_KEY = 200
