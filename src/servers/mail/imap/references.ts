/** Ids of messages in a header (RFC 5322, section 3.6.4). */
import { ownCopy } from './heading.ts'

/** A thread of more is read by its newest. */
const MAX_IDS = 100
const MAX_ID = 500

export function idsIn(header: string): string[] {
  const ids = [...header.matchAll(/<([^<>\s]{1,998})>/g)]
    .map(([, id = '']) => id)
    .filter(({ length }) => length <= MAX_ID)
  return ids.slice(-MAX_IDS).map(ownCopy)
}
