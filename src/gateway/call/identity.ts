/** What a consent is bound to. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../protocol/values.ts'
import type { AdmittedCall } from './call.ts'

/** Who was asked: the credential, and the client as it names itself, since several clients may have one token. */
const asker = ({ principal, client }: AdmittedCall) => [
  principal.id,
  client.info?.name ?? null,
  client.info?.version ?? null,
]

/** The same for all calls of one client with one credential. */
export const askerOf = (call: AdmittedCall): string => digest([...asker(call), ...chainOf(call)])

/** What makes a call this one and no other: the same for its repetitions by the same client. */
export function identityOf(call: AdmittedCall): string {
  const { _meta, inputResponses, requestState, ...rest } = call.params
  return digest([asker(call), call.server ?? null, call.method, rest, ...chainOf(call)])
}

/**
 * By way of what a call is made, and what was read before it: who agrees to one of a client's own, or without what was read, did
 * not agree to that.
 */
function chainOf({ within }: AdmittedCall): readonly (readonly string[])[] {
  if (!within) return []
  return within.read.length === 0 ? [within.chain] : [within.chain, within.read]
}

const digest = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url')
