/**
 * Servers of others: the root helper adds them in the image, for all users and in their sandboxes, and luca itself in a
 * state folder of `luca up`.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { DESCRIPTOR_SUFFIX } from '../../protocol/descriptor.ts'
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
} from '../../protocol/third-party.ts'
import { offersNothing } from '../../protocol/vetting.ts'
import { askHelper } from '../admin-helper.ts'
import type { Context } from '../command.ts'
import { patiently } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { defaultState, findInstallation } from '../up/places.ts'
import { inspect } from './inspect.ts'
import { ServerStore } from './store.ts'

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
  const look = (name: string, launch: LaunchSpec) =>
    patiently(
      context,
      () => `starting ${name}`,
      inspect(name, launch, store.claimsBeside(name, join(programs, 'caps')), programs, context.signal),
    )
  return {
    async list() {
      return store.names().map((name) => {
        const { launch, pinned, grants, enabled } = store.read(name)
        const { changed = [], added = [] } = store.drift(name) ?? {}
        const command = [launch.command, ...launch.args].join(' ')
        const tools = pinned.offer.tools.length
        return { name, command, tools, ...grants, quarantined: [...changed, ...added], enabled }
      })
    },
    async add(name, launch, grants) {
      const problem = addedNameProblem(name, namesOfOurs(programs))
      if (problem !== undefined) throw new Refusal('usage', `The server can't be added: ${problem}.`)
      if (store.names().includes(name))
        throw new Refusal(
          'usage',
          `There is a server "${name}" already; "luca server remove ${name}" removes it.`,
        )
      const vetted = await look(name, launch)
      const { offer, pins, remarks } = vetted
      if (offersNothing(vetted))
        throw new Refusal(
          'failed',
          `The server "${name}" offers nothing that can be used. ${remarks.join('; ')}`,
        )
      await store.write({ launch, pinned: { name, offer, pins }, grants, enabled: true })
      return offeredOf(vetted)
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
        throw new Refusal(
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

function namesOfOurs(programs: string): string[] {
  const caps = join(programs, 'caps')
  return existsSync(caps) ? readdirSync(caps).map((file) => basename(file, DESCRIPTOR_SUFFIX)) : []
}
