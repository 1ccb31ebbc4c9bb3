/** The owner writes the addresses of providers, so each is a host that the owner named. */
import type { ModelProvider } from '../../contracts/model-aliases.ts'
import { createOutward, type Outward } from '../../host/outward/outward.ts'
import type { Fetch } from './inflow.ts'

const NONE = Number.POSITIVE_INFINITY
/** An answer may take hours, and is bounded where it is read: by silence, and by the length of each part. */
const LIMITS = {
  firstByteMs: NONE,
  idleMs: NONE,
  wholeMs: NONE,
  receivedBytes: NONE,
  unpackedBytes: NONE,
  ratio: NONE,
}

/** Gives the way to a provider's host. What connects to one host is kept for its next requests. */
export function createWaysOut(): (provider: ModelProvider) => Fetch {
  const ways = new Map<string, Outward>()
  return ({ baseUrl }) => {
    const { hostname } = new URL(baseUrl as string)
    const known = ways.get(hostname)
    if (known) return known.fetch
    const way = createOutward({ namedHosts: [hostname], setting: 'models.yaml', limits: LIMITS })
    ways.set(hostname, way)
    return way.fetch
  }
}
