/**
 * Which Host and Origin headers are let in: the answer to DNS rebinding, where a page on the web gives its own
 * name this machine's address.
 */
import { hostname } from 'node:os'

export interface HostCheck {
  /** Why the headers are refused, or undefined. `raw` is node's flat list of names and values. */
  problem(raw: readonly string[]): string | undefined
}

/** Allows this machine's own names and addresses, and what is configured besides. */
export function createHostCheck(hosts: readonly string[], origins: readonly string[]): HostCheck {
  const self = hostname().toLowerCase()
  const allowedHosts = new Set([
    'localhost',
    '127.0.0.1',
    '[::1]',
    self,
    `${self}.local`,
    ...hosts.map((h) => h.toLowerCase()),
  ])
  const allowedOrigins = new Set(origins.map((o) => o.toLowerCase().replace(/\/$/, '')))

  // A connection that sends the same headers again has them looked at once.
  const known = new WeakMap<readonly string[], string | null>()

  return {
    problem(raw) {
      const found = known.get(raw)
      if (found !== undefined) return found ?? undefined
      const problem = problemOf(raw)
      known.set(raw, problem ?? null)
      return problem
    },
  }

  function problemOf(raw: readonly string[]): string | undefined {
    const host = valuesOf(raw, 'host')
    if (host.length !== 1) return 'Exactly one Host header is needed.'
    if (!allowedHosts.has(withoutPort(host[0] as string)))
      return `The name in the Host header is not one of this gateway's; add it to http.hosts in its configuration.`
    const origin = valuesOf(raw, 'origin')
    if (origin.length === 0) return undefined
    if (origin.length > 1) return 'More than one Origin header.'
    return isAllowedOrigin((origin[0] as string).toLowerCase())
      ? undefined
      : `Pages of this origin may not call the gateway; add it to http.origins in its configuration.`
  }

  function isAllowedOrigin(origin: string): boolean {
    if (allowedOrigins.has(origin)) return true
    const match = /^https?:\/\/([^/?#@,\s]+)$/.exec(origin)
    return match !== null && allowedHosts.has(withoutPort(match[1] as string))
  }
}

function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.length; i += 2)
    if (raw[i]?.toLowerCase() === name) values.push(raw[i + 1] as string)
  return values
}

const withoutPort = (host: string) => host.toLowerCase().replace(/:\d{1,5}$/, '')
