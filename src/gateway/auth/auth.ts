/** Who calls, and whether they may: credentials → Principal, ResolvedCall → AuthorisedCall. */
import { mayCall } from '../../protocol/calls.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { numberIn } from '../../protocol/values.ts'
import type {
  AuthorisedCall,
  Credential,
  Grant,
  Inbound,
  Principal,
  PrincipalFields,
  ResolvedCall,
  Target,
  ToolChoice,
  Within,
} from '../call/call.ts'
import { askerOf } from '../call/within.ts'
import type { TokenRecord } from '../state/tokens.ts'
import { compileChoice } from './choice.ts'
import type { Licence } from './licence/licence.ts'
import { digest, type Tokens } from './tokens.ts'
import type { Users } from './users.ts'

export interface AuthOptions {
  tokens: Tokens
  users: Users
  /** Loopback only; main.ts sees to that. */
  noAuth: boolean
  licence: Licence
  /** What every user of this machine may do of the methods named `admin/…`, for themselves. */
  ownMethods: ReadonlySet<string>
  /** The uid that the gateway runs as. */
  ownUid: number
}

export interface Auth {
  /** The same object for the same credential, for as long as that holds. */
  identify(credential: Credential): Principal
  /** The principal of this id, which was one before. Throws RpcError where it may do nothing any longer. */
  principalOf(id: string): Principal
  /** Throws FORBIDDEN, or UNAUTHENTICATED where its caller has ended. */
  authorise(request: ResolvedCall): AuthorisedCall
  /** Looks whether those who were let in as users of this machine still have their accounts. */
  usersChanged(): void
  /** Called with the id of each principal that may do nothing any longer. */
  onEnd(listener: (principalId: string) => void): void
}

const ADMIN = 'admin/'

export function createAuth({ tokens, licence, users, noAuth, ownMethods, ownUid }: AuthOptions): Auth {
  const listeners: ((principalId: string) => void)[] = []
  const anonymous = principal({
    id: 'anonymous',
    name: 'anonymous',
    user: users.owner,
    administers: 'nothing',
    ...NO_RIGHTS,
    check: () => {},
  })
  // One object for each credential, so that a call costs no allocation, and a change reaches whoever holds it.
  const byToken = new Map<string, MutablePrincipal>()
  const byUid = new Map<number, Principal>()
  /** Of tokens with a choice of tools: one object each for as long as the tier's is the same, since views are kept by it. */
  const narrowed = new WeakMap<Principal, { of: Grant; tools: ToolChoice; grant: Grant }>()
  tokens.onEnd(({ id }) => {
    byToken.delete(id)
    for (const listener of listeners) listener(`token:${id}`)
  })
  tokens.onChange((record) => {
    const known = byToken.get(record.id)
    if (known) Object.assign(known, rightsOf(record), { changes: known.changes + 1 })
  })

  return {
    identify(credential) {
      if (credential.kind === 'bearer') {
        credential.hash ??= digest(credential.token)
        return ofRecord(tokens.verify(credential.token, credential.hash))
      }
      if (credential.kind === 'peer') return ofPeer(credential.uid)
      if (noAuth) return anonymous
      throw new RpcError(
        'UNAUTHENTICATED',
        'Send a token as "Authorization: Bearer …". "luca token create NAME" makes one.',
      )
    },
    principalOf(id) {
      const [kind, of = ''] = id.split(':')
      if (kind === 'uid') return ofPeer(numberIn(of) ?? Number.NaN)
      if (noAuth && id === anonymous.id) return anonymous
      const known = byToken.get(of)
      known?.check()
      return known ?? ofRecord(tokens.withId(of))
    },
    authorise(resolved) {
      const { inbound, params } = resolved
      inbound.principal.check()
      const call = inbound as Mutable<AuthorisedCall>
      call.grant = allowed(resolved)
      call.changes = inbound.principal.changes
      call.checkAgain = checkAgain
      call.resolved = resolved
      call.params = params
      return call
    },
    usersChanged() {
      for (const [uid, { id, user }] of byUid) {
        if (isOwn(uid) || users.withUid(uid) === user) continue
        byUid.delete(uid)
        for (const listener of listeners) listener(id)
      }
    },
    onEnd: (listener) => void listeners.push(listener),
  }

  /** What a caller may do, where that includes this. Throws FORBIDDEN where it does not. */
  function allowed({ inbound, params, target, capabilities }: ResolvedCall): Grant {
    const { principal, method } = inbound
    if (method.startsWith(ADMIN)) checkAdministers(inbound)
    const grant = grantOf(principal)
    const capability = capabilities.find((needed) => !grant.allows(needed))
    if (capability !== undefined)
      throw new RpcError('FORBIDDEN', `The tier ${grant.tier} does not include "${capability}".`, {
        data: { capability, tier: grant.tier },
      })
    if (grant.tools && target) checkChosen(method, params, target, grant.tools)
    if (inbound.within && target) checkCalls(inbound.within, target)
    return grant
  }

  /** One function for all calls, since each call that waits has it. */
  function checkAgain(this: Mutable<AuthorisedCall>): void {
    const { principal, changes, grant, resolved } = this
    principal.check()
    if (changes !== principal.changes)
      throw new RpcError(
        'FORBIDDEN',
        'The rights of this token changed while the call waited, so the call was not made. Repeat it if you still need it.',
      )
    if (grant !== grantOf(principal)) this.grant = allowed(resolved)
  }

  function grantOf(principal: Principal): Grant {
    const grant = licence.grant(principal.tier)
    const { tools } = principal
    if (!tools) return grant
    let known = narrowed.get(principal)
    if (known?.of !== grant || known.tools !== tools) {
      known = { of: grant, tools, grant: { ...grant, tools } }
      narrowed.set(principal, known)
    }
    return known.grant
  }

  function ofRecord(record: TokenRecord): Principal {
    checkAccount(record.user)
    let found = byToken.get(record.id)
    if (!found) {
      found = ofToken(record)
      byToken.set(record.id, found)
    }
    return found
  }

  function ofToken(record: TokenRecord): MutablePrincipal {
    return principal({
      id: `token:${record.id}`,
      name: record.name,
      user: record.user,
      administers: 'nothing',
      ...rightsOf(record),
      changes: 0,
      check() {
        tokens.check(record)
        checkAccount(record.user)
      },
    })
  }

  /** Root and the gateway itself act for the owner; all other accounts act for themselves. */
  function ofPeer(uid: number): Principal {
    const user = isOwn(uid) ? users.owner : users.withUid(uid)
    if (user === undefined) throw noAccount(uid)
    let found = byUid.get(uid)
    if (found?.user !== user) {
      found = principal({
        id: `uid:${uid}`,
        name: isOwn(uid) ? `uid ${uid}` : user,
        user,
        administers: user === users.owner ? 'all' : 'own',
        ...NO_RIGHTS,
        check() {
          if (!isOwn(uid) && users.withUid(uid) !== user) throw noAccount(uid)
        },
      })
      byUid.set(uid, found)
    }
    return found
  }

  function isOwn(uid: number): boolean {
    return uid === 0 || uid === ownUid
  }

  /** A removed user's servers and files can't be used, whatever tokens still exist. */
  function checkAccount(user: string): void {
    if (users.has(user) || !users.areKept) return
    throw new RpcError('UNAUTHENTICATED', 'The user of this token has no account here any longer.')
  }

  function checkAdministers({ method, principal: { administers } }: Inbound): void {
    if (administers === 'all' || (administers === 'own' && ownMethods.has(method))) return
    throw new RpcError('FORBIDDEN', `"${method}" is for the owner, on this machine (gateway.sock).`)
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type MutablePrincipal = Mutable<Principal>

const principal = (fields: PrincipalFields) => fields as MutablePrincipal

const NO_RIGHTS = { tier: undefined, trusts: undefined, tools: undefined, changes: 0 }

const rightsOf = ({ tier, trust, tools }: TokenRecord) => ({
  tier: tier ?? undefined,
  trusts: trust.length === 0 ? undefined : compileChoice(trust),
  tools: tools === null ? undefined : { patterns: tools, has: compileChoice(tools) },
})

const noAccount = (uid: number) => new RpcError('FORBIDDEN', `The user with uid ${uid} has no account here.`)

/** A server may use what it says that it calls, and of that what its caller may. */
function checkCalls(within: Within, { calledAs }: Target): void {
  const asker = askerOf(within)
  if (!asker) return
  const { server, calls } = asker
  const capability = calledAs.find((needed) => !mayCall(calls, needed))
  if (capability === undefined) return
  throw new RpcError(
    'FORBIDDEN',
    `The server "${server}" may not use "${capability}": ${calls.length === 0 ? 'its definition names nothing' : `its definition names ${calls.join(', ')}`} as what it calls.`,
    { data: { capability, server } },
  )
}

function checkChosen(
  method: string,
  params: ResolvedCall['params'],
  { chosenAs }: Target,
  { patterns, has }: ToolChoice,
): void {
  if (chosenAs === undefined || has(chosenAs)) return
  const named = method === METHOD.callTool || method === METHOD.getPrompt ? params.name : undefined
  throw new RpcError(
    'FORBIDDEN',
    `This token may not use ${JSON.stringify(named ?? method).slice(0, 100)}: it was made for ${patterns.join(', ')} ("luca token create NAME --tools …").`,
    { data: { tools: patterns } },
  )
}
