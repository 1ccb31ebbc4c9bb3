/** The wake list and the events of the fake gateway: it keeps what a server asks for, and does nothing about it. */
import { EVENT, type EventData, readEventData } from '../../protocol/events.ts'
import { isRecord } from '../../protocol/values.ts'
import { WAKE, type WakeRule } from '../../protocol/wake.ts'

export interface FakeEntry {
  /** Undefined for one of a rule. */
  time?: number
  rule?: WakeRule
}

export class FakeWakeList {
  /** By key, as the server asked for them last. */
  readonly entries = new Map<string, FakeEntry>()
  readonly told: { name: string; data: EventData }[] = []
  readonly heard = new Set<string>()

  /** Undefined for what is about neither. */
  answer(method: string, params: Record<string, unknown>): Record<string, unknown> | undefined {
    const { key, time, rule, name, data } = params
    switch (method) {
      case WAKE.at:
        if (typeof key === 'string' && typeof time === 'number') this.entries.set(key, { time })
        return {}
      case WAKE.every:
        if (typeof key === 'string' && isRule(rule)) this.entries.set(key, { rule })
        return {}
      case WAKE.cancel:
        return { cancelled: typeof key === 'string' && this.entries.delete(key) }
      case WAKE.list:
        return {
          entries: [...this.entries].map(([key, { time, rule }]) => ({
            key,
            next: time ?? 0,
            tries: 0,
            ...(rule && { rule }),
          })),
        }
      case EVENT.tell:
        if (typeof name === 'string') this.told.push({ name, data: readEventData(data) })
        return {}
      case EVENT.hear:
        if (typeof name === 'string') this.heard.add(name)
        return {}
      case EVENT.unhear:
        return { heard: typeof name === 'string' && this.heard.delete(name) }
    }
    return undefined
  }
}

const isRule = (rule: unknown): rule is WakeRule => isRecord(rule) && ('cron' in rule || 'minutes' in rule)
