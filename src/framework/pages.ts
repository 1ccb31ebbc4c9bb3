/** Lists in pages. They are short almost always; the bound is for the rare one that is not. */
import { RpcError } from '../protocol/jsonrpc.ts'
import type { CacheHint, Result } from '../protocol/mcp.ts'
import type { Service } from './service.ts'

export const PAGE_SIZE = 1000
const LIST_TTL_MS = 5 * 60_000

/**
 * The page of a list that a cursor asks for, under the list's key in the result. Throws INVALID_PARAMS for a
 * cursor that no page of this list gives out.
 */
export function pageOf<T>(key: string, items: readonly T[], cursor: unknown, hint: CacheHint): Result {
  const isFirst = cursor === undefined || cursor === null || cursor === ''
  const start = isFirst ? 0 : startOf(key, cursor, items.length)
  const end = start + PAGE_SIZE
  return {
    resultType: 'complete',
    [key]: items.slice(start, end),
    ...(end < items.length ? { nextCursor: cursorAt(key, end) } : {}),
    ...hint,
  }
}

const cursorAt = (key: string, start: number): string => `${key}@${start}`

function startOf(key: string, cursor: unknown, length: number): number {
  for (let start = PAGE_SIZE; start < length; start += PAGE_SIZE)
    if (cursor === cursorAt(key, start)) return start
  throw new RpcError('INVALID_PARAMS', 'This cursor is not valid for this list; list again without one.')
}

/** A server of one user may list what is that user's alone. */
export const listHint = (service: Service): CacheHint => ({
  ttlMs: LIST_TTL_MS,
  cacheScope: service.definition.scope === 'user' ? 'private' : 'public',
})
