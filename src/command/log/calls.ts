/** The audit lines of calls, each with the calls that were made within it below. */
import { type LogRecord, serverOf } from './record.ts'

/** A call, and how deep it lies. */
export interface CallLine {
  record: LogRecord
  depth: number
}

/** Whether a record is the gateway's line about a call. */
export const isCall = (record: LogRecord): boolean =>
  serverOf(record) === 'gateway' && record.message === 'call' && typeof record.fields.method === 'string'

/**
 * Calls in the order in which the outermost ended. What is made within a call ends, and is logged, before it; what is left at the end was
 * made within one that goes on, or is no longer in the log.
 */
export async function* callLines(records: AsyncIterable<LogRecord>): AsyncGenerator<CallLine> {
  /** By the id of the call that they were made within. */
  const waiting = new Map<string, LogRecord[]>()
  for await (const record of records) {
    const { parent } = record.fields
    if (typeof parent !== 'string') yield* below(record, 0)
    else waiting.set(parent, [...(waiting.get(parent) ?? []), record])
  }
  const made = new Set([...waiting.values()].flat().map(({ fields }) => fields.id))
  for (const [parent, records] of [...waiting])
    if (!made.has(parent)) for (const record of records) yield* below(record, 0)

  function* below(record: LogRecord, depth: number): Generator<CallLine> {
    yield { record, depth }
    const { id } = record.fields
    if (typeof id !== 'string') return
    const inner = waiting.get(id) ?? []
    waiting.delete(id)
    for (const one of inner) yield* below(one, depth + 1)
  }
}

/** The same without what only ties it to others, and with a mark of how deep it lies. */
export function treeRecord({ record, depth }: CallLine): LogRecord {
  const { id: _, parent: __, method, tool, ...fields } = record.fields
  const name = typeof tool === 'string' ? tool : method
  const mark = depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `
  return { ...record, message: `${mark}${typeof name === 'string' ? name : 'call'}`, fields }
}
