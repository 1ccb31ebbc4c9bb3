/** Who calls, and whether they may: credentials → Principal, Inbound → Call. */
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import type { Call, Credential, Grant, Inbound, Principal, PrincipalFields, ToolChoice } from '../call.ts'
import { compileChoice } from './choice.ts'
import type { Licence } from './licence/licence.ts'
import type { Tokens } from './tokens.ts'
import type { Users } from './users.ts'

export interface AuthOptions {
  tokens: Tokens
  users: Users
  /** Loopback only; main.ts sees to that. */
  noAuth: boolean
  licence: Licence
  /** What a request needs; undefined where there is nothing to grant. */
  capabilityOf(inbound: Inbound): string | undefined
  /** What a token's choice of tools must have; undefined where no choice concerns it. */
  chosenAs(inbound: Inbound): string | undefined
  /** What every user of this machine may do of the methods named `admin/…`, for himself. */
  ownMethods: ReadonlySet<string>
  /** The uid that the gateway runs as. */
  ownUid: number
}

export interface Auth {
  identify(credential: Credential): Principal
  authorise(inbound: Inbound): Call
}

const ADMIN = 'admin/'

export function createAuth({
  tokens,
  licence,
  capabilityOf,
  chosenAs,
  users,
  noAuth,
  ownMethods,
  ownUid,
}: AuthOptions): Auth {
  // One object for each credential, so that a call costs no allocation.
  const anonymous = principal({
    id: 'anonymous',
    name: 'anonymous',
    user: users.owner,
    administers: 'nothing',
    tier: undefined,
  })
  const known = new Map<string, Principal>()
  /** Of tokens with a choice of tools: one object each for as long as the tier's is the same, since views are kept by it. */
  const narrowed = new WeakMap<Principal, { of: Grant; grant: Grant }>()
  tokens.onEnd((id) => known.delete(id))

  return {
    identify(credential) {
      if (credential.kind === 'bearer') {
        const record = tokens.verify(credential.token)
        let found = known.get(record.id)
        if (!found) {
          const { trust, tools } = record
          found = principal({
            id: `token:${record.id}`,
            name: record.name,
            user: record.user,
            administers: 'nothing',
            tier: record.tier ?? undefined,
            trusts: trust.length === 0 ? undefined : compileChoice(trust),
            tools: tools === null ? undefined : { patterns: tools, has: compileChoice(tools) },
          })
          known.set(record.id, found)
        }
        return found
      }
      if (credential.kind === 'peer') return peer(credential.uid)
      if (noAuth) return anonymous
      throw new RpcError(
        'UNAUTHENTICATED',
        'Send a token as "Authorization: Bearer …". "luca token create NAME" makes one.',
      )
    },
    authorise(inbound) {
      if (inbound.method.startsWith(ADMIN)) checkAdministers(inbound)
      const grant = grantOf(inbound.principal)
      const capability = capabilityOf(inbound)
      if (capability !== undefined && !grant.allows(capability))
        throw new RpcError('FORBIDDEN', `The tier ${grant.tier} does not include "${capability}".`, {
          data: { capability, tier: grant.tier },
        })
      if (grant.tools) checkChosen(inbound, chosenAs(inbound), grant.tools)
      const call = inbound as Inbound & { grant?: Grant }
      call.grant = grant
      return call as Call
    },
  }

  function grantOf(principal: Principal): Grant {
    const grant = licence.grant(principal.tier)
    const { tools } = principal
    if (!tools) return grant
    let known = narrowed.get(principal)
    if (known?.of !== grant) {
      known = { of: grant, grant: { ...grant, tools } }
      narrowed.set(principal, known)
    }
    return known.grant
  }

  /** Root and the gateway itself act for the owner; whoever else has an account acts for himself. */
  function peer(uid: number): Principal {
    const isOwn = uid === 0 || uid === ownUid
    const user = isOwn ? users.owner : users.withUid(uid)
    if (user === undefined) throw new RpcError('FORBIDDEN', `The user with uid ${uid} has no account here.`)
    return principal({
      ...{ id: `uid:${uid}`, name: isOwn ? `uid ${uid}` : user, user },
      ...{ administers: user === users.owner ? 'all' : 'own', tier: undefined },
    })
  }

  function checkAdministers({ method, principal: { administers } }: Inbound): void {
    if (administers === 'all' || (administers === 'own' && ownMethods.has(method))) return
    throw new RpcError('FORBIDDEN', `"${method}" is for the owner, on this machine (gateway.sock).`)
  }
}

const principal = (fields: PrincipalFields) => Object.freeze(fields) as Principal

function checkChosen(
  { method, params }: Inbound,
  name: string | undefined,
  { patterns, has }: ToolChoice,
): void {
  if (name === undefined || has(name)) return
  const named = method === METHOD.callTool || method === METHOD.getPrompt ? params.name : undefined
  throw new RpcError(
    'FORBIDDEN',
    `This token may not use ${JSON.stringify(named ?? method).slice(0, 100)}: it was made for ${patterns.join(', ')} ("luca token create NAME --tools …").`,
    { data: { tools: patterns } },
  )
}
