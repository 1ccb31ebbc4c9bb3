/** Keeps the addresses of resources unambiguous, whatever descriptors say. */

import { ResourceClaims } from '../../contracts/resource-claims.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'

/**
 * The same descriptors, without those resources of servers of others that claim what belongs to another server: to one of ours,
 * or to the first of the others by its name. Overlaps are refused when a server is added; these have come about since.
 */
export function unambiguous(descriptors: readonly Descriptor[]): {
  descriptors: Descriptor[]
  /** What was left out, as sentences. */
  remarks: string[]
} {
  const claims = new ResourceClaims()
  for (const ours of descriptors) if (!isOfOthers(ours)) claims.add(ours.service_name, ours)
  const remarks: string[] = []
  const kept = descriptors.map((descriptor) => {
    if (!isOfOthers(descriptor)) return descriptor
    const { service_name } = descriptor
    const fits = (address: string) => {
      const problem = claims.problem(service_name, address)
      if (problem !== undefined)
        remarks.push(`"${address.slice(0, 200)}" of the server "${service_name}" is left out: ${problem}.`)
      return problem === undefined
    }
    const safe = {
      ...descriptor,
      resources: descriptor.resources.filter(({ uri }) => fits(uri)),
      resourceTemplates: descriptor.resourceTemplates.filter(({ uriTemplate }) => fits(uriTemplate)),
    }
    claims.add(service_name, safe)
    return safe
  })
  return { descriptors: kept, remarks }
}

/** Whether others wrote a server: its descriptor says so of each of its items. */
export const isOfOthers = ({ tools, prompts, resources, resourceTemplates }: Descriptor): boolean =>
  [tools, prompts, resources, resourceTemplates].some((items) =>
    items.some(({ untrusted }) => untrusted === 'server'),
  )
