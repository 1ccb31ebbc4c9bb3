/** Whether the gateway can do its work: that its state can be written, and that each server can be woken. */
import { existsSync } from 'node:fs'
import type { Descriptor } from '../protocol/descriptor.ts'

export interface ReadinessOptions {
  state: { check(): Promise<void>; damagedFiles(): string[] }
  catalogue: { readonly processes: readonly Descriptor[] }
  backends: { socketPath(descriptor: Descriptor, user: string): string }
  /** Whose servers are looked at. */
  owner: string
  /** Descriptors that can't be used, by path, with the reason. */
  problems(): ReadonlyMap<string, string>
  isStopping(): boolean
}

/** The details are for callers who are known. */
export type Readiness = () => Promise<{ ready: boolean; details: object }>

export function createReadiness(options: ReadinessOptions): Readiness {
  const { state, catalogue, backends, owner, problems, isStopping } = options
  return async () => {
    const failing: Record<string, string> = Object.fromEntries(problems())
    const problem = await state.check().then(
      () => undefined,
      ({ message }: Error) => message,
    )
    const [damaged] = state.damagedFiles()
    if (problem !== undefined) failing.state = problem
    else if (damaged !== undefined) failing.state = damagedState(damaged)
    const { processes } = catalogue
    for (const descriptor of processes)
      if (!existsSync(backends.socketPath(descriptor, owner)))
        failing[descriptor.service_name] = 'it has no socket'
    return {
      ready: problem === undefined && !isStopping(),
      details: { servers: processes.map((d) => d.service_name), failing },
    }
  }
}

/** Reported until the file is removed. */
const damagedState = (path: string): string =>
  `The gateway's database was damaged: it is now ${path}, and all tokens have ended. Make new ones with "luca token create NAME", and delete the file.`
