/** Servers whose changes hold for clients once they are made: a gateway that runs notices them a moment later. */
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../../command/command.ts'
import { GatewayLink } from '../../command/link.ts'
import { patiently } from '../../command/output.ts'
import { PRODUCT } from '../../command/version.ts'
import type { Servers } from './servers.ts'

/** For how long it is looked whether the gateway has noticed, and how often, in milliseconds. */
const NOTICED_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

interface Service {
  service_name: string
  capabilities: { method: string }[]
}

/**
 * The same servers, with changes that end when the gateway at that socket serves accordingly. Where none runs, or it does not
 * notice in time, they end as they are: the change is made, and holds from its next start on.
 */
export function takenIn(servers: Servers, socket: string, context: Context): Servers {
  const until = (name: string, holds: (tools: ReadonlySet<string> | undefined) => boolean) =>
    patiently(
      context,
      () => `waiting for the gateway to pick up ${name}`,
      noticed(socket, name, holds, context),
    )
  return {
    ...servers,
    async add(name, launch, grants) {
      const offered = await servers.add(name, launch, grants)
      if (offered.tools.length > 0) await until(name, (tools) => tools !== undefined)
      return offered
    },
    async approve(name, tool) {
      const offered = await servers.approve(name, tool)
      await until(name, (tools) => offered.tools.every((one) => tools?.has(one.name)))
      return offered
    },
    async switch(name, enabled) {
      const known = (await servers.list()).find((server) => server.name === name)
      await servers.switch(name, enabled)
      if (!enabled || known?.tools !== 0) await until(name, (tools) => (tools !== undefined) === enabled)
    },
    async remove(name) {
      await servers.remove(name)
      await until(name, (tools) => tools === undefined)
    },
  }
}

async function noticed(
  socket: string,
  name: string,
  holds: (tools: ReadonlySet<string> | undefined) => boolean,
  { signal }: Context,
): Promise<void> {
  if (!existsSync(socket)) return
  const link = await GatewayLink.open(socket, PRODUCT).catch(() => undefined)
  if (!link) return
  try {
    for (const end = Date.now() + NOTICED_WITHIN_MS; Date.now() < end; await pause(LOOK_EVERY_MS)) {
      const services = await link.v1<Service[]>('mcp.listCapabilities', undefined, signal)
      const prefix = `mcp.${name}.`
      const tools = services
        .find(({ service_name }) => service_name === name)
        ?.capabilities.map(({ method }) => method.slice(prefix.length))
      if (holds(tools && new Set(tools))) return
    }
  } catch {
    signal.throwIfAborted()
  } finally {
    link.close()
  }
}
