/** One request: who asks, whether they may, whether the parameters are right; then the verb, and a line in the log. */

import {
  ADMIN_VERBS,
  type ParamsOf,
  type ResultOf,
  type Verb,
  type VerbName,
} from '../contracts/admin-helper.ts'
import type { RepeatedLooks } from '../host/repeated-looks.ts'
import { RpcError, toRpcError } from '../protocol/jsonrpc.ts'
import { isRecord } from '../protocol/values.ts'
import { type Caller, callerOf } from './caller.ts'
import { makeCertificate, renewCertificate, showCertificate } from './certificates.ts'
import { setConfiguration } from './configuration.ts'
import { diskUsage, listDisks, prepareDisk } from './disks.ts'
import { getHostname, setHostname } from './hostname.ts'
import { setLicence } from './licence.ts'
import { getLocality, setLocality } from './locality.ts'
import type { Machine } from './machine.ts'
import { power } from './power.ts'
import { listSecrets, removeSecret, setSecret } from './secrets.ts'
import {
  addServer,
  approveServer,
  listServers,
  removeServer,
  switchServer,
  testServer,
} from './servers/verbs.ts'
import { addSshKey, listSshKeys, removeSshKey } from './ssh-keys.ts'
import { restartUnit, unitStatus } from './units.ts'
import { addUser, changePassword, changeQuota, listUsers, removeUser } from './users.ts'
import { forgetWifi, joinWifi, listWifi } from './wifi.ts'

export interface AuditLog {
  info(fields: object, text: string): void
  error(fields: object, text: string): void
}

type Handlers = {
  [V in VerbName]: (params: ParamsOf<V>, machine: Machine, caller: Caller) => Promise<ResultOf<V>>
}

const HANDLERS: Handlers = {
  'user/add': addUser,
  'user/list': listUsers,
  'user/remove': removeUser,
  'user/passwd': changePassword,
  'user/quota': changeQuota,
  'secret/set': setSecret,
  'secret/list': listSecrets,
  'secret/remove': removeSecret,
  'server/list': listServers,
  'server/add': addServer,
  'server/test': testServer,
  'server/approve': approveServer,
  'server/switch': switchServer,
  'server/remove': removeServer,
  'ssh-key/list': listSshKeys,
  'ssh-key/add': addSshKey,
  'ssh-key/remove': removeSshKey,
  'licence/set': setLicence,
  'configuration/set': setConfiguration,
  'hostname/get': getHostname,
  'hostname/set': setHostname,
  'locality/get': getLocality,
  'locality/set': setLocality,
  'wifi/list': listWifi,
  'wifi/join': joinWifi,
  'wifi/forget': forgetWifi,
  'certificate/make': makeCertificate,
  'certificate/renew': renewCertificate,
  'certificate/show': showCertificate,
  'unit/status': unitStatus,
  'unit/restart': restartUnit,
  'disk/usage': diskUsage,
  'disk/list': listDisks,
  'disk/prepare': prepareDisk,
  power,
}

const MAX_LOGGED = 60

/** The caller is none of this system's users: there is nothing to talk about. */
export class Stranger extends RpcError {}

/** Whether a verb is one that others should not wait for. */
export const takesLong = (method: string): boolean => verbOf(method)?.takesLong === true

const verbOf = (method: string): Verb | undefined =>
  Object.hasOwn(ADMIN_VERBS, method) ? (ADMIN_VERBS[method as VerbName] as Verb) : undefined

/** Does what was asked and gives the result. Rejects with an RpcError for the caller; the log has a line, but for looks that are repeated. */
export async function perform(
  machine: Machine,
  uid: number,
  method: string,
  params: unknown,
  { log, looks }: { log: AuditLog; looks: RepeatedLooks },
): Promise<object> {
  const started = performance.now()
  const verb = verbOf(method)
  // What the client says of itself is of no use here.
  const { _meta, ...given } = isRecord(params) ? params : {}
  let who: string | undefined
  let failure: RpcError | undefined
  let why: unknown
  try {
    const caller = await callerOf(machine, uid)
    if (!caller) throw new Stranger('FORBIDDEN', `The user with uid ${uid} has no account here.`)
    who = caller.name
    if (!verb) throw new RpcError('METHOD_NOT_FOUND', `There is no verb "${method.slice(0, MAX_LOGGED)}".`)
    if (Array.isArray(params)) throw new RpcError('INVALID_PARAMS', 'Give parameters by name, in an object.')
    checkMay(verb, method, caller, given)
    checkParams(verb, method, given)
    const handler = HANDLERS[method as VerbName] as (
      params: object,
      machine: Machine,
      caller: Caller,
    ) => Promise<object>
    return await handler(given, machine, caller)
  } catch (error) {
    why = error
    failure = toRpcError(error)
    throw failure
  } finally {
    const open = verb ? openParams(verb, given) : {}
    const line = {
      who: { uid, name: who ?? null },
      verb: method.slice(0, MAX_LOGGED),
      params: open,
      outcome: failure ? failure.code : 'done',
      ms: Math.round(performance.now() - started),
    }
    if (failure && failure !== why) log.error({ ...line, err: why }, 'verb')
    else if (failure || !looks.has(`${uid} ${JSON.stringify(open)}`, method))
      log.info(failure ? { ...line, error: failure.message } : line, 'verb')
  }
}

/** Before the rules: a caller that may not ask does not learn what there is. */
function checkMay(verb: Verb, method: string, caller: Caller, given: Record<string, unknown>): void {
  if (caller.mayAll) return
  if (verb.may !== 'self') throw new RpcError('FORBIDDEN', `${method} is for the owner of this machine.`)
  if (verb.self !== undefined && given[verb.self] !== caller.name)
    throw new RpcError(
      'FORBIDDEN',
      `${method} is yours for yourself alone: "${verb.self}" must be "${caller.name}".`,
    )
}

function checkParams({ params: rules }: Verb, method: string, given: Record<string, unknown>): void {
  const wrong = (sentence: string) => new RpcError('INVALID_PARAMS', sentence)
  const names = Object.keys(rules)
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name))
      throw wrong(
        `${method} has no parameter "${name.slice(0, MAX_LOGGED)}"; ${names.length > 0 ? `it has ${names.join(', ')}` : 'it takes none'}.`,
      )
  for (const [name, rule] of Object.entries(rules)) {
    if (!Object.hasOwn(given, name)) {
      if (!rule.optional) throw wrong(`${method} needs "${name}", which must be ${rule.allowed}.`)
    } else if (!rule.fits(given[name])) throw wrong(`"${name}" must be ${rule.allowed}.`)
  }
}

/** What may stand in the log: no secrets, and nothing that is not what it should be, since it could hold one. */
const openParams = ({ params: rules }: Verb, given: Record<string, unknown>): object =>
  Object.fromEntries(
    Object.entries(rules)
      .filter(([name, rule]) => !rule.secret && Object.hasOwn(given, name) && rule.fits(given[name]))
      .map(([name]) => [name, given[name]]),
  )
