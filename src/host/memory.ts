/** How much memory is available. */
import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'

/**
 * Memory that this process and its children can take without others being swapped out or killed, in bytes. What the
 * kernel keeps of files counts as free. The limit of the unit holds where it is lower.
 */
export function availableMemory(): number {
  const limit = process.constrainedMemory()
  const free = ofMachine()
  return limit > 0 && limit < totalmem() ? Math.min(limit, free) : free
}

function ofMachine(): number {
  try {
    const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024
  } catch {
    return freemem()
  }
}
