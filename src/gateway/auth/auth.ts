/** Who calls, and whether they may: credentials → Principal, Inbound → Call. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { Call, Credential, Grant, Inbound, Principal, PrincipalFields } from '../call.ts'
import type { Licence } from './licence/licence.ts'
import type { Tokens } from './tokens.ts'

export interface AuthOptions {
  tokens: Tokens
  /** The user that this machine's own programs act for. */
  owner: string
  /** Loopback only; main.ts sees to that. */
  noAuth: boolean
  licence: Licence
  /** What a request needs; undefined where there is nothing to grant. */
  capabilityOf(inbound: Inbound): string | undefined
  /** The uid that the gateway runs as. */
  ownUid: number
}

export interface Auth {
  identify(credential: Credential): Principal
  authorise(inbound: Inbound): Call
}

const ADMIN = 'admin/'

export function createAuth({ tokens, licence, capabilityOf, owner, noAuth, ownUid }: AuthOptions): Auth {
  // One object for each credential, so that a call costs no allocation.
  const anonymous = principal({
    id: 'anonymous',
    name: 'anonymous',
    user: owner,
    admin: false,
    tier: undefined,
  })
  const known = new Map<string, Principal>()
  tokens.onEnd((id) => known.delete(id))

  return {
    identify(credential) {
      if (credential.kind === 'bearer') {
        const record = tokens.verify(credential.token)
        let found = known.get(record.id)
        if (!found) {
          found = principal({
            id: `token:${record.id}`,
            name: record.name,
            user: record.user,
            admin: false,
            tier: record.tier ?? undefined,
          })
          known.set(record.id, found)
        }
        return found
      }
      if (credential.kind === 'peer') {
        if (credential.uid === 0 || credential.uid === ownUid)
          return principal({
            id: `uid:${credential.uid}`,
            name: `uid ${credential.uid}`,
            user: owner,
            admin: true,
            tier: undefined,
          })
        throw new RpcError('FORBIDDEN', `The user with uid ${credential.uid} has no account here.`)
      }
      if (noAuth) return anonymous
      throw new RpcError(
        'UNAUTHENTICATED',
        'Send a token as "Authorization: Bearer …". "luca token create NAME" makes one.',
      )
    },
    authorise(inbound) {
      if (inbound.method.startsWith(ADMIN) && !inbound.principal.admin)
        throw new RpcError(
          'FORBIDDEN',
          `"${inbound.method}" is for the owner, on this machine (gateway.sock).`,
        )
      const grant = licence.grant(inbound.principal.tier)
      const capability = capabilityOf(inbound)
      if (capability !== undefined && !grant.allows(capability))
        throw new RpcError('FORBIDDEN', `The tier ${grant.tier} does not include "${capability}".`, {
          data: { capability, tier: grant.tier },
        })
      const call = inbound as Inbound & { grant?: Grant }
      call.grant = grant
      return call as Call
    },
  }
}

const principal = (fields: PrincipalFields) => Object.freeze(fields) as Principal
