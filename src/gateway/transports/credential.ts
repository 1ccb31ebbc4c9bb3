/** What a request over HTTP shows to say who it is. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Credential } from '../call/call.ts'

/** Of an Authorization header. Throws UNAUTHENTICATED for one that is not a bearer's. */
export function bearerCredential(header: string | undefined): Credential {
  if (header === undefined) return { kind: 'none' }
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header)?.[1]
  if (token === undefined)
    throw new RpcError('UNAUTHENTICATED', 'The Authorization header must be "Bearer" and a token.')
  return { kind: 'bearer', token }
}

/** Throws INVALID_REQUEST for the query of a URL that seems to carry a token. */
export function refuseTokenIn(query: string): void {
  if (/(?:^|&)[^=&]*(?:token|auth|key|secret)[^=&]*=/i.test(query))
    throw new RpcError(
      'INVALID_REQUEST',
      'A token must never be in a URL, where logs keep it; send it as "Authorization: Bearer …" and revoke this one.',
    )
}
