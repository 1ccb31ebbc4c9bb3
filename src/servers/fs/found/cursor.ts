/** Where a page of hits ended. A cursor belongs to one question: it says so itself, since nothing is kept of it. */
import { createHash } from 'node:crypto'
import { ToolError } from '../../../protocol/define.ts'
import { canonicalJson, isRecord, isWhole, parsedJson } from '../../../protocol/values.ts'

/** More hits are not given: a better question finds it sooner. */
export const MAX_SKIPPED = 1000
/** No cursor of ours is longer. */
const MAX_CURSOR = 200

/** The cursor of what comes after the first `skip` hits for this question. */
export const cursorOf = (question: object, skip: number): string =>
  Buffer.from(JSON.stringify({ q: digestOf(question), n: skip })).toString('base64url')

/** How many hits were given already. Throws a ToolError for a cursor that is none, or is of another question. */
export function skippedOf(question: object, cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const read =
    cursor.length <= MAX_CURSOR ? parsedJson(Buffer.from(cursor, 'base64url').toString()) : undefined
  if (!isRecord(read) || !isWhole(read.n, 1, MAX_SKIPPED))
    throw new ToolError('This cursor is none that a search gave. Search again without one.', {
      kind: 'invalid',
    })
  if (read.q !== digestOf(question))
    throw new ToolError(
      'This cursor is of another question. Ask with the same words and filters as before, or without a cursor.',
      { kind: 'invalid' },
    )
  return read.n
}

const digestOf = (question: object): string =>
  createHash('sha256').update(canonicalJson(question)).digest('base64url').slice(0, 16)
