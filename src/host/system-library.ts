/** Calls of the system's libraries, which Node does not offer, by koffi. */
import { createRequire } from 'node:module'

type Koffi = typeof import('koffi')
type Library = ReturnType<Koffi['load']>

export interface SystemLibrary {
  /** A function by its prototype in C. */
  func: Library['func']
  /** Why the last call failed. */
  errno(): number
}

/**
 * What `declare` makes of a library, once it is first asked for: loading takes longer than most calls. Throws then if there
 * is no build of koffi for this machine, or no such library.
 */
export function systemLibrary<T>(declare: (library: SystemLibrary) => T, file = 'libc.so.6'): () => T {
  let declared: T | undefined
  return () => {
    declared ??= load(declare, file)
    return declared
  }
}

function load<T>(declare: (library: SystemLibrary) => T, file: string): T {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const library = koffi.load(file)
  return declare({ func: library.func.bind(library) as Library['func'], errno: () => koffi.errno() })
}
