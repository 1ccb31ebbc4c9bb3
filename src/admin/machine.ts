/** The machine that the verbs change, so that tests can give them another one. */
import { existsSync } from 'node:fs'
import { lchown } from 'node:fs/promises'
import { hostname } from 'node:os'
import { CERTIFICATE_SOCKET } from '../contracts/admin-helper.ts'
import { isUserName } from '../contracts/admin-rules.ts'
import { directories } from '../host/directories.ts'
import { ownAddresses } from '../host/reached-as.ts'
import { giveCertificate } from './gateway.ts'
import { type Run, run } from './run.ts'

export interface Machine {
  /** The folder of all that this system keeps. */
  state: string
  /** The folder of the homes. */
  home: string
  /** Where system accounts and the skeleton of a home are. */
  etc: string
  /** What services keep. */
  var: string
  /** Where what does not change is: keyboards, time zones. */
  share: string
  /** Folders of the form `<server>/<user>`: what services keep for each user. */
  perUser: readonly string[]
  /** Where unit files lie that are made here; empty at every boot. */
  units: string
  /** The programs of the system, and the descriptors of its own servers. */
  programs: string
  /** A folder in memory that root alone can see. */
  scratch: string
  /** The file in which the ramdisk says what came of the partition of data. */
  dataState: string
  /** The folder of files that were provided from outside, which the ramdisk fills. */
  provided: string
  /** The user who may do all. */
  owner: string
  run: Run
  /** Milliseconds since the epoch. */
  now(): number
  hostname(): string
  /** Of this machine on its networks. */
  addresses(): string[]
  /** Has the gateway that runs show a key and its certificate from now on. Throws where it does not take them. */
  giveToGateway(bundle: string): Promise<void>
  /** Whether secrets can be sealed with the machine's own chip. */
  hasTpm(): boolean
  /** Gives a file, or a link itself, to a user. */
  give(path: string, uid: number, gid: number): Promise<void>
}

/** This machine. Throws for an owner whose name no user can have. */
export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  const { state = '/var/lib/llmbasedos', runtime = '/run/llmbasedos/admin' } = directories(env)
  const owner = env.LLMBDO_OWNER || 'owner'
  if (!isUserName(owner)) throw new Error(`LLMBDO_OWNER is "${owner}"; no user can have that name.`)
  return {
    state,
    home: '/home',
    etc: '/etc',
    var: '/var',
    share: '/usr/share',
    perUser: [state, '/var/lib/private/llmbasedos', '/var/cache/llmbasedos', '/var/cache/private/llmbasedos'],
    units: '/run/systemd/system',
    programs: '/usr/lib/llmbasedos',
    scratch: runtime,
    dataState: '/run/llmbasedos-data',
    provided: '/run/llmbasedos-provided',
    owner,
    run,
    now: Date.now,
    hostname,
    addresses: () => ownAddresses(),
    giveToGateway: (bundle) => giveCertificate(CERTIFICATE_SOCKET, bundle),
    hasTpm: () => existsSync('/dev/tpmrm0'),
    give: lchown,
  }
}
