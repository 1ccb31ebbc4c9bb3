/**
 * Servers of others: the root helper adds them in the image, for all users and in their sandboxes, and luca itself in a
 * state folder of `luca up`.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { defaultState, findInstallation } from '../../command/installation.ts'
import { patiently } from '../../command/output.ts'
import { type PackageCommand, PackageCommandError, packageOf } from '../../contracts/package-runner.ts'
import {
  type AddedServerInfo,
  addedNameProblem,
  approved,
  type Drift,
  driftBetween,
  type Grants,
  type LaunchSpec,
  type Offered,
  offeredOf,
} from '../../contracts/third-party.ts'
import { offersNothing } from '../../contracts/vetting.ts'
import { DESCRIPTOR_SUFFIX } from '../../protocol/descriptor.ts'
import { type Errand, inspect, install } from './adapter.ts'
import { ServerStore } from './store.ts'
import { surroundings } from './surroundings.ts'

export interface Servers {
  list(): Promise<AddedServerInfo[]>
  /** Starts it once and pins what it offers. */
  add(name: string, launch: LaunchSpec, grants: Grants): Promise<Offered>
  /** How what it offers now differs from what is pinned. */
  test(name: string): Promise<Drift>
  /** Pins what it offers now, or one tool of it. */
  approve(name: string, tool: string | undefined): Promise<Offered>
  switch(name: string, enabled: boolean): Promise<void>
  remove(name: string): Promise<void>
}

/** Those of a state folder where one is named; else the helper's in the image, and elsewhere those of the usual one. */
export function serversOf(context: Context, state: string | undefined): Servers {
  const { env } = context.io
  const { kind, programs } = findInstallation()
  return state === undefined && (env.LLMBDO_ADMIN_SOCKET || kind === 'image')
    ? helpersServers(context)
    : serversIn(resolve(state ?? defaultState(env)), programs, context)
}

const helpersServers = (context: Context): Servers => ({
  list: async () => (await askHelper(context, 'server/list', {}, 'asking for the servers')).servers,
  add: (name, launch, grants) =>
    askHelper(context, 'server/add', { name, launch, ...grants }, `installing and starting ${name}`),
  test: (name) => askHelper(context, 'server/test', { name }, `starting ${name}`),
  approve: (name, tool) =>
    askHelper(
      context,
      'server/approve',
      { name, ...(tool === undefined ? {} : { tool }) },
      `starting ${name}`,
    ),
  async switch(name, enabled) {
    await askHelper(context, 'server/switch', { name, enabled }, name)
  },
  async remove(name) {
    await askHelper(context, 'server/remove', { name }, `removing ${name}`)
  },
})

function serversIn(state: string, programs: string, context: Context): Servers {
  const store = new ServerStore(state)
  const caps = join(programs, 'caps')
  /** Shows how long it takes, and the last that was said meanwhile. */
  const errand = <T>(what: string, name: string, work: (errand: Errand) => Promise<T>): Promise<T> => {
    let words = ''
    const { signal } = context
    const onWords = (line: string) => {
      words = `: ${line}`
    }
    return patiently(context, () => what + words, work({ name, programs, signal, onWords }))
  }
  const look = (name: string, launch: LaunchSpec) =>
    errand(`starting ${name}`, name, (its) =>
      inspect(its, launch, store.claimsBeside(name, caps), store.stateOf(name)),
    )
  const installed = (name: string, launch: LaunchSpec, wanted: PackageCommand) =>
    errand(`installing ${wanted.packages.join(' ')}`, name, (its) =>
      install(its, launch, wanted, store.programsOf(name)),
    )
  return {
    async list() {
      return store.names().map((name) => {
        const { launch, command = shown(launch), pinned, grants, enabled } = store.read(name)
        const { changed = [], added = [] } = store.drift(name) ?? {}
        const tools = pinned.offer.tools.length
        const { remarks = [] } = pinned
        return { name, command, tools, ...grants, quarantined: [...changed, ...added], remarks, enabled }
      })
    },
    async add(name, launch, grants) {
      const problem = addedNameProblem(name, namesOfOurs(programs))
      if (problem !== undefined) throw new CliError('usage', `The server can't be added: ${problem}.`)
      using _ = store.beginAdding(name)
      if (store.names().includes(name))
        throw new CliError(
          'usage',
          `There is a server "${name}" already; "luca server remove ${name}" removes it.`,
        )
      // It is tried with what it is served with.
      const own = { ...launch, around: surroundings(context.io.env, programs) }
      const wanted = packageIn(own)
      try {
        const start = wanted ? await installed(name, own, wanted) : own
        const vetted = await look(name, start)
        if (offersNothing(vetted))
          throw new CliError(
            'failed',
            `The server "${name}" offers nothing that can be used. ${vetted.remarks.join('; ')}`,
          )
        const command = shown(launch)
        await store.write({ launch: start, command, pinned: { name, ...vetted }, grants, enabled: true })
        return offeredOf(vetted)
      } catch (error) {
        store.remove(name)
        throw error
      }
    },
    async test(name) {
      const { launch, pinned } = store.read(name)
      return driftBetween(pinned.pins, (await look(name, launch)).pins)
    },
    async approve(name, tool) {
      const server = store.read(name)
      const vetted = await look(name, server.launch)
      const pinned = approved(server.pinned, vetted, tool)
      if (!pinned)
        throw new CliError(
          'usage',
          `The server "${name}" has no tool "${tool}"; "luca server test ${name}" shows what changed.`,
        )
      await store.write({ ...server, pinned })
      return offeredOf(vetted, tool)
    },
    async switch(name, enabled) {
      await store.write({ ...store.read(name), enabled })
    },
    async remove(name) {
      store.read(name)
      store.remove(name)
    },
  }
}

const shown = ({ command, args }: LaunchSpec): string => [command, ...args].join(' ')

/** The package that a command fetches and runs; of a command that is not understood nothing is installed before it runs. */
function packageIn({ command, args }: LaunchSpec): PackageCommand | undefined {
  try {
    return packageOf(command, args)
  } catch (error) {
    if (error instanceof PackageCommandError) return undefined
    throw error
  }
}

function namesOfOurs(programs: string): string[] {
  const caps = join(programs, 'caps')
  return existsSync(caps) ? readdirSync(caps).map((file) => basename(file, DESCRIPTOR_SUFFIX)) : []
}
