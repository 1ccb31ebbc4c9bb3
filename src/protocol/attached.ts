/**
 * Bytes that travel right behind a message instead of in it, as base64: an extension of ours for the streams between the
 * gateway, its servers and its callers on this machine. A request asks for them (`META.attach`); the result says in its
 * `_meta` how many follow the message's terminator (`META.attached`). On this side they are a property that JSON leaves out.
 */
import { META, type Result } from './mcp.ts'
import { isRecord } from './values.ts'

export const ATTACHED = Symbol('attached')

/** The bytes that belong to a result, on this side of the wire. */
export const attachedTo = (result: unknown): Buffer | undefined =>
  (result as { [ATTACHED]?: Buffer } | undefined)?.[ATTACHED]

export const withAttached = <R extends Result>(result: R, bytes: Buffer): R => ({
  ...result,
  _meta: { ...result._meta, [META.attached]: bytes.length },
  [ATTACHED]: bytes,
})

/** A result for a caller that did not ask: it must not say that bytes follow. */
export function withoutAttached<R extends Result>(result: R): R {
  if (!isRecord(result._meta) || !(META.attached in result._meta)) return result
  const { [META.attached]: _, ..._meta } = result._meta
  const { [ATTACHED]: __, ...rest } = result as R & { [ATTACHED]?: Buffer }
  return { ...(rest as R), _meta }
}

/** Whether a request asks for bytes to come so. */
export const asksToAttach = (params: unknown): boolean =>
  isRecord(params) && isRecord(params._meta) && params._meta[META.attach] === true

/** How many bytes follow a result; none where it does not say. */
export function attachedLength(result: unknown): number {
  const length = isRecord(result) && isRecord(result._meta) ? result._meta[META.attached] : 0
  return typeof length === 'number' && Number.isSafeInteger(length) && length > 0 ? length : 0
}
