/**
 * Which Host and Origin headers are let in: the answer to DNS rebinding, where a page on the web gives its own
 * name this machine's address.
 */
import { isIP } from 'node:net'
import { canonicalHost, LOOPBACK, ownNames } from '../../host/reached-as.ts'

export interface HostCheck {
  /** Why the headers are refused, or undefined. `raw` is node's flat list of names and values. */
  problem(raw: readonly string[]): string | undefined
  /** From now on this machine is reached by these names and addresses. */
  reachedAs(names: readonly string[]): void
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@,*\s]+\/?$/i

/** Why a list of origins can't be meant, as a sentence; undefined where each entry names the pages of one place. */
export function originsProblem(origins: readonly string[]): string | undefined {
  for (const origin of origins) {
    const named = JSON.stringify(origin.slice(0, 100))
    if (origin === '*') return `${named} would accept every page of the web; name each origin.`
    if (origin.toLowerCase() === 'null')
      return `${named} is the origin of every sandboxed page and every local file; serve the page from an address, and name that.`
    if (!ORIGIN.test(origin))
      return `${named} is no origin; write it as https://chat.example, with the port if it has one.`
  }
  return undefined
}

export interface PageRules {
  /** Names by which this machine is reached besides its own. */
  hosts: readonly string[]
  /** Origins of pages that are let in. */
  origins: readonly string[]
  /**
   * Whether pages of this machine are let in besides. Where no token is asked for, its address is all they would need, so that
   * there the gateway's own pages alone are.
   */
  ownPages: boolean
}

/**
 * Allows the names and addresses by which this machine is reached, and what is configured besides. As a Host any address
 * is allowed: who wrote it into a URL was led there by no server of names.
 */
export function createHostCheck({ hosts, origins, ownPages }: PageRules): HostCheck {
  let own: ReadonlySet<string> = new Set()
  // A connection that sends the same headers again has them looked at once.
  let known: WeakMap<readonly string[], string | null>

  const allowedOrigins = new Set(origins.map((o) => o.toLowerCase().replace(/\/$/, '')))
  reachedAs(ownNames())

  return {
    reachedAs,
    problem(raw) {
      const found = known.get(raw)
      if (found !== undefined) return found ?? undefined
      const problem = problemOf(raw)
      known.set(raw, problem ?? null)
      return problem
    },
  }

  function reachedAs(names: readonly string[]): void {
    own = new Set([...LOOPBACK, ...names, ...hosts.map(withoutBrackets)].map(canonicalHost))
    known = new WeakMap()
  }

  function problemOf(raw: readonly string[]): string | undefined {
    const [host, ...moreHosts] = valuesOf(raw, 'host')
    if (host === undefined || moreHosts.length > 0) return 'Send exactly one Host header.'
    const name = hostOf(host)
    if (!own.has(name) && isIP(name) === 0)
      return `The name in the Host header is not one of this gateway's; add it to http.hosts in its configuration.`
    const [origin, ...moreOrigins] = valuesOf(raw, 'origin')
    if (origin === undefined) return undefined
    if (moreOrigins.length > 0) return 'More than one Origin header.'
    return isAllowedOrigin(origin.toLowerCase(), host.toLowerCase())
      ? undefined
      : `Pages of this origin may not call the gateway; add it to http.origins in its configuration.`
  }

  /** A page of another machine is none of ours, though it has an address. */
  function isAllowedOrigin(origin: string, host: string): boolean {
    if (allowedOrigins.has(origin)) return true
    // Where the gateway listens no other program does.
    if (!ownPages) return origin === `http://${host}` || origin === `https://${host}`
    const [, named] = /^https?:\/\/([^/?#@,\s]+)$/.exec(origin) ?? []
    return named !== undefined && own.has(hostOf(named))
  }
}

function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.length; i += 2)
    if (raw[i]?.toLowerCase() === name) values.push(raw[i + 1] as string)
  return values
}

/** What stands before the port, as `canonicalHost` writes it; nothing for what no URL holds. Brackets are for IPv6 alone. */
function hostOf(value: string): string {
  const host = value.replace(/:\d{1,5}$/, '')
  const name = withoutBrackets(host)
  return (name !== host) === (isIP(name) === 6) ? canonicalHost(name) : ''
}

const withoutBrackets = (host: string) => host.replace(/^\[(.+)\]$/, '$1')
