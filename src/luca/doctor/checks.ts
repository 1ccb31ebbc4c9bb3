/** What `luca doctor` looks at. Each check gives findings and never throws. */
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ADMIN, type GatewayStatus, type Scheduled } from '../../command/admin.ts'
import { backgroundWorks, workInWords } from '../../command/background.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import {
  defaultState,
  findInstallation,
  type Installation,
  instanceName,
  modelsFolder,
} from '../../command/installation.ts'
import { type IndexStatus, stateOf } from '../../command/search/index-status.ts'
import type { WorkStatus } from '../../contracts/background-status.ts'
import { EARLIEST } from '../../host/clock.ts'
import { checkSystemCalls } from '../../host/listening-sockets.ts'
import { wantedGpu } from '../../models/gpu-builds.ts'
import { DESCRIPTOR_SUFFIX } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { planAppliance } from '../../up/plan.ts'
import { UnitFolders } from '../../up/units/unit.ts'
import { scheduledBy } from '../commands/schedule.ts'
import { askStatus } from '../search/ask.ts'

export interface Finding {
  check: string
  level: 'ok' | 'warn' | 'fail'
  what: string
  /** What to do about it. */
  advice?: string
  /** What a server works on in the background; `since` in milliseconds since the epoch. */
  server?: string
  works?: readonly WorkStatus[]
}

type Check = (context: Context, installation: Installation) => Finding[] | Promise<Finding[]>

const OLDEST_NODE = 24
const LITTLE_SPACE_BYTES = 1024 ** 3
const NO_SPACE_BYTES = 100 * 1024 ** 2
/** Where the image keeps what lasts, and who its owner is. */
const SYSTEM_STATE = '/var/lib/llmbasedos'
const OWNER = 'owner'

export async function findings(context: Context): Promise<Finding[]> {
  const installation = findInstallation()
  const checks: Check[] = [
    node,
    systemCalls,
    clock,
    disk,
    graphics,
    ...OF_KIND[installation.kind],
    descriptors,
    background,
    gateway,
    search,
  ]
  return (await Promise.all(checks.map((check) => check(context, installation)))).flat()
}

/** What to do where a part of the installation itself is missing or wrong. */
const ANEW: Readonly<Record<Installation['kind'], string>> = {
  project: 'Run "make setup build" in the folder of the project.',
  installed: 'Run "make install" again in the folder of the project.',
  image: 'The image is damaged; write it to its medium again.',
}

const node: Check = (_, { kind }) => {
  const major = Number(process.versions.node.split('.')[0])
  return [
    major >= OLDEST_NODE
      ? { check: 'node', level: 'ok', what: process.version }
      : {
          check: 'node',
          level: 'fail',
          what: `${process.version} is too old.`,
          advice: ANEW[kind],
        },
  ]
}

const systemCalls: Check = (_, { kind }) => {
  try {
    checkSystemCalls()
    return [{ check: 'koffi', level: 'ok', what: 'system calls work' }]
  } catch (error) {
    return [
      {
        check: 'koffi',
        level: 'fail',
        what: `System calls don't work: ${(error as Error).message}.`,
        advice: ANEW[kind],
      },
    ]
  }
}

const clock: Check = () => [
  Date.now() >= EARLIEST
    ? { check: 'clock', level: 'ok', what: new Date().toISOString() }
    : {
        check: 'clock',
        level: 'fail',
        what: `It shows ${new Date().toISOString()}, which is past.`,
        advice: 'Set it; the expiry of tokens depends on it.',
      },
]

const disk: Check = async ({ io }, { kind }) => {
  let folder = kind === 'image' ? SYSTEM_STATE : defaultState(io.env)
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const what = `${(free / 1024 ** 3).toFixed(1)} GiB are free at ${folder}`
  if (free >= LITTLE_SPACE_BYTES) return [{ check: 'disk', level: 'ok', what }]
  return [
    {
      check: 'disk',
      level: free < NO_SPACE_BYTES ? 'fail' : 'warn',
      what: `Only ${what}.`,
      advice: 'Free space; writes fail when it is full.',
    },
  ]
}

/** A GPU, where a build or a choice wants one. Whether llama.cpp can use it, the log tells when a model is loaded. */
const graphics: Check = ({ io }, { programs }) => {
  try {
    const { builds, problem } = wantedGpu(modelsFolder(io.env), programs)
    if (problem) return [{ check: 'gpu', level: 'warn', ...problem }]
    return builds.map(({ backend, devices }) => ({
      check: 'gpu',
      level: 'ok',
      what: `${devices.join(', ')} for ${backend}`,
    }))
  } catch (error) {
    return [{ check: 'gpu', level: 'fail', what: (error as Error).message }]
  }
}

const state: Check = ({ io }) => {
  const folder = defaultState(io.env)
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (!stat) return [{ check: 'state', level: 'ok', what: `${folder} is created by the first "luca up"` }]
  if ((stat.mode & 0o077) === 0) return [{ check: 'state', level: 'ok', what: folder }]
  return [
    {
      check: 'state',
      level: 'warn',
      what: `Other users can read ${folder}, where a token is kept.`,
      advice: `Run: chmod 700 ${folder}`,
    },
  ]
}

/** In the image systemd runs the units, and knows how they fare. */
const system: Check = async () => {
  try {
    const list = ['list-units', '--state=failed', '--plain', '--no-legend', '--no-pager']
    const { stdout } = await promisify(execFile)('systemctl', list)
    const failed = stdout.split('\n').flatMap((line) => line.split(' ', 1)[0] || [])
    if (failed.length === 0) return [{ check: 'units', level: 'ok', what: 'none has failed' }]
    return failed.map((unit) => ({
      check: 'units',
      level: 'fail',
      what: `${unit} has failed.`,
      advice: `"journalctl -b -u ${unit}" says why.`,
    }))
  } catch (error) {
    const what = `systemd does not report their state: ${(error as Error).message.trim()}.`
    return [{ check: 'units', level: 'fail', what, advice: 'Restart the machine.' }]
  }
}

const units: Check = (_, installation) => {
  try {
    const { services, notApplied } = planAppliance(new UnitFolders([installation.units]), instanceName())
    const names = [...new Set(notApplied.map(({ key }) => key))].sort()
    return [
      { check: 'units', level: 'ok', what: services.map(({ service }) => service.id).join(', ') },
      {
        check: 'isolation',
        level: 'warn',
        what: `"luca up" does not apply these directives: ${names.join(', ')}.`,
        advice: 'Servers there have all your rights; the image confines them.',
      },
    ]
  } catch (error) {
    return [
      { check: 'units', level: 'fail', what: (error as Error).message, advice: 'Correct that unit file.' },
    ]
  }
}

/** What differs between a folder in which "luca up" runs everything and a system in which systemd does. */
const OF_KIND: Readonly<Record<Installation['kind'], readonly Check[]>> = {
  project: [state, units],
  installed: [state, units],
  image: [system],
}

/** Every server with a socket needs a descriptor, or the gateway does not know it. */
const descriptors: Check = async (_, installation) => {
  const names = new UnitFolders([installation.units])
    .list(/^mcp-[^@]+@?\.socket$/)
    .map((file) => file.replace(/^mcp-|@?\.socket$/g, ''))
  return Promise.all(
    names.map(async (name): Promise<Finding> => {
      const path = join(installation.programs, 'caps', name + DESCRIPTOR_SUFFIX)
      const check = `descriptor of ${name}`
      return access(path).then(
        () => ({ check, level: 'ok', what: path }),
        () => ({ check, level: 'fail', what: `${path} is missing.`, advice: ANEW[installation.kind] }),
      )
    }),
  )
}

/** That systemd does not answer has a check of its own. */
const worksNow = ({ gatewaySocket }: Context): Promise<ReadonlyMap<string, WorkStatus[]>> =>
  backgroundWorks(gatewaySocket).catch(() => new Map())

/** What servers do without a connection; each user sees their own servers and the system's. */
const background: Check = async (context) =>
  [...(await worksNow(context))].map(([server, works]) => ({
    check: 'background',
    level: 'ok',
    what: `${server}: ${works.map((work) => workInWords(work)).join('; ')}`,
    server,
    works,
  }))

/** A gateway that hangs is what people call doctor for, in milliseconds. */
const ANSWERS_WITHIN_MS = 10_000

const gateway: Check = async (context, installation) => {
  const late = AbortSignal.timeout(ANSWERS_WITHIN_MS)
  const signal = AbortSignal.any([context.signal, late])
  try {
    const link = await context.gateway()
    const status = await link.ask<GatewayStatus>(ADMIN.status, {}, signal)
    const works = await worksNow(context)
    return [
      {
        check: 'gateway',
        level: 'ok',
        what: `version ${status.version}, up for ${Math.round(status.uptimeSeconds)} s, ${status.sessions} sessions`,
      },
      ...(status.listening ?? [])
        .filter(({ protocol }) => protocol === 'http')
        .map(
          ({ address, port }): Finding => ({
            check: 'address',
            level: 'ok',
            what: `programs on this machine reach it at http://${address}:${port}/mcp`,
          }),
        ),
      ...status.servers.map((server) =>
        serverFinding(server, works.has(server.name), dirname(context.gatewaySocket), installation),
      ),
      ...Object.entries(status.problems ?? {}).map(descriptorFinding),
      ...(status.damaged ?? []).map(damageFinding),
      ...scheduleFindings(await scheduledBy({ gateway: context.gateway, signal })),
    ]
  } catch (error) {
    if (error instanceof CliError && error.cause instanceof RpcError && error.outcome === 'denied')
      return [{ check: 'gateway', level: 'ok', what: 'it answers, and reports its state only to its owner' }]
    const what = late.aborted
      ? `It did not answer within ${ANSWERS_WITHIN_MS / 1000} seconds. "luca log" shows its last lines.`
      : (error as Error).message
    return [{ check: 'gateway', level: 'fail', what }]
  }
}

/** Folders that are indexed are looked through each night. In milliseconds. */
const STALE_MS = 2 * 24 * 60 * 60 * 1000

/** Whether files are found by what they say. A gateway that hangs is another check's; one without such a tool is no fault. */
const search: Check = async (context) => {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)])
  const status = await askStatus({ ...context, signal }).catch(() => undefined)
  return status ? searchFindings(status.value) : []
}

export function searchFindings(status: IndexStatus, now = Date.now()): Finding[] {
  const { folders, problem, lookedAt, model, passages } = status
  const check = 'search'
  if (folders.length === 0)
    return [{ check, level: 'ok', what: 'nothing is indexed; "luca index add FOLDER" has a folder indexed' }]
  const warn = (what: string, advice: string): Finding => ({ check, level: 'warn', what, advice })
  return [
    { check, level: 'ok', what: stateOf({ ...status, problem: undefined }).join(' ') },
    ...folders.flatMap(({ path, problem }) =>
      problem === undefined
        ? []
        : [warn(`${path}: ${problem}`, `"luca index remove ${path}" stops searching it.`)],
    ),
    ...(problem === undefined ? [] : [warn(problem, 'It goes on by itself once that is over.')]),
    ...(model === undefined && passages > 0
      ? [
          warn(
            'Files are found by their words alone.',
            '"luca search models" says which model finds by meaning.',
          ),
        ]
      : []),
    ...(lookedAt !== undefined && now - Date.parse(lookedAt) > STALE_MS
      ? [warn(`Folders were looked through last at ${lookedAt}.`, '"luca search" looks before it answers.')]
      : []),
  ]
}

/** What servers do by themselves, where that fails. */
function scheduleFindings(entries: readonly Scheduled[]): Finding[] {
  const failing = entries.filter(({ problem }) => problem !== null)
  const check = 'schedule'
  if (failing.length === 0) return [{ check, level: 'ok', what: `${entries.length} entries of servers` }]
  return [
    {
      check,
      level: 'warn',
      what: `${failing.length} of ${entries.length} entries of servers failed or have ended.`,
      advice: '"luca schedule list" says why; "luca schedule remove ID" removes one.',
    },
  ]
}

const descriptorFinding = ([path, problem]: [string, string]): Finding => ({
  check: 'descriptor',
  level: 'fail',
  what: `The gateway leaves ${path} out: ${problem}.`,
  advice: 'Correct it, or remove it; the gateway reads it again by itself.',
})

const damageFinding = (path: string): Finding => ({
  check: 'database',
  level: 'warn',
  what: `The gateway's database was damaged, is now ${path}, and was begun anew: all tokens have ended.`,
  advice: 'Make new ones with "luca token create NAME", then delete that file.',
})

function serverFinding(
  { name, state: how, tools }: GatewayStatus['servers'][number],
  works: boolean,
  sockets: string,
  { kind }: Installation,
): Finding {
  const check = `server ${name}`
  // Root is taken for the owner.
  const user = kind === 'image' && process.getuid?.() === 0 ? OWNER : instanceName()
  const paths = [join(sockets, `${name}.sock`), join(sockets, user, `${name}.sock`)]
  const isImage = kind === 'image'
  if (!paths.some((path) => existsSync(path)))
    return {
      check,
      level: 'fail',
      what: `Its socket ${isImage ? paths[1] : paths[0]} is missing.`,
      advice: isImage
        ? `Run "systemctl restart mcp-user@${user}.target" as root, or restart the machine.`
        : 'Start "luca up" again.',
    }
  // The gateway has no connection to one that works by itself.
  const state = works && how === 'asleep' ? 'works in the background' : how
  if (how !== 'failing') return { check, level: 'ok', what: `${state}, ${tools} tools` }
  return {
    check,
    level: 'fail',
    what: 'It fails when it is called.',
    advice: isImage
      ? `"journalctl -b -u 'mcp-${name}@*'" says why.`
      : `"luca log --server ${name}" says why.`,
  }
}
