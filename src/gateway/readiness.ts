/** Whether the gateway can do its work: that its state can be written, and that each server can be woken. */
import { existsSync } from 'node:fs'
import type { Descriptor } from '../protocol/descriptor.ts'

export interface ReadinessOptions {
  state: { check(): void }
  catalogue: { readonly processes: readonly Descriptor[] }
  backends: { socketPath(descriptor: Descriptor, user: string): string }
  /** Whose servers are looked at. */
  owner: string
  /** Descriptors that can't be used, by path, with the reason. */
  problems(): ReadonlyMap<string, string>
  isStopping(): boolean
}

/** The details are for callers who are known. */
export type Readiness = () => { ready: boolean; details: object }

export function createReadiness(options: ReadinessOptions): Readiness {
  const { state, catalogue, backends, owner, problems, isStopping } = options
  return () => {
    const failing: Record<string, string> = Object.fromEntries(problems())
    let stateWorks = true
    try {
      state.check()
    } catch (error) {
      stateWorks = false
      failing.state = (error as Error).message
    }
    const { processes } = catalogue
    for (const descriptor of processes)
      if (!existsSync(backends.socketPath(descriptor, owner)))
        failing[descriptor.service_name] = 'it has no socket'
    return {
      ready: stateWorks && !isStopping(),
      details: { servers: processes.map((d) => d.service_name), failing },
    }
  }
}
