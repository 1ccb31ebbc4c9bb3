/** The time that calls wait for a person: it does not count as theirs, and their slots are others' meanwhile. */
import type { ConsentedCall, Slot } from '../call/call.ts'

const waiting = new WeakMap<ConsentedCall, { questions: number; since: number }>()

/**
 * A call waits for a person, for `mostMs` at most, and so do those that it is made within. Gives what ends that. The deadlines of
 * all are later by as long as they waited.
 */
export function waitWithin(call: ConsentedCall, mostMs: number): () => void {
  const slot: Slot = call.slot
  slot.suspend()
  const all: ConsentedCall[] = []
  for (let one: ConsentedCall | undefined = call; one; one = one.within?.call) all.push(one)
  for (const one of all) begin(one, mostMs)
  return () => {
    slot.resume()
    for (const one of all) end(one, mostMs)
  }
}

function begin(call: ConsentedCall, mostMs: number): void {
  const known = waiting.get(call) ?? { questions: 0, since: 0 }
  waiting.set(call, known)
  if (known.questions++ > 0) return
  known.since = performance.now()
  call.deadline += mostMs
}

function end(call: ConsentedCall, mostMs: number): void {
  const known = waiting.get(call)
  if (!known || --known.questions > 0) return
  call.deadline -= mostMs - (performance.now() - known.since)
}
