/**
 * Whose the address of a resource is. A server claims each address that it lists, and with a template every address that begins
 * like it, up to its first variable. No two servers claim one address: what another has claimed before is refused to a
 * server of others. Addresses are compared without regard to case, so that none looks like another's.
 */
import { isTemplate } from '../protocol/define.ts'

/** What a server offers, as far as it claims addresses. */
export interface Claiming {
  resources: readonly { uri: string }[]
  resourceTemplates: readonly { uriTemplate: string }[]
}

/** A scheme (RFC 3986, 3.1) and something of its own, or nothing but that. */
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
/** The longest address that is taken, in characters. */
export const MAX_ADDRESS = 2048
/** The most variables of a template. */
const MAX_VARIABLES = 8

export class ResourceClaims {
  readonly #addresses = new Map<string, string>()
  readonly #beginnings = new Map<string, string>()

  /** Claims all that a server offers; what was claimed before stays whose it was. */
  add(server: string, { resources, resourceTemplates }: Claiming): this {
    for (const { uri } of resources) claim(this.#addresses, uri.toLowerCase(), server)
    for (const { uriTemplate } of resourceTemplates)
      claim(this.#beginnings, beginningOf(uriTemplate).toLowerCase(), server)
    return this
  }

  /** Why a server can't claim an address or a template, as the end of a sentence; undefined where it can. */
  problem(server: string, address: string): string | undefined {
    const unfit = addressProblem(address)
    if (unfit !== undefined) return unfit
    const holder = this.#holder(server, address)
    return holder === undefined
      ? undefined
      : `its address ${isTemplate(address) ? 'also fits what' : 'is one that'} the server "${holder}" answers for`
  }

  #holder(server: string, address: string): string | undefined {
    const own = (isTemplate(address) ? beginningOf(address) : address).toLowerCase()
    for (const [beginning, holder] of this.#beginnings)
      if (
        holder !== server &&
        (own.startsWith(beginning) || (isTemplate(address) && beginning.startsWith(own)))
      )
        return holder
    if (!isTemplate(address)) {
      const holder = this.#addresses.get(own)
      return holder === server ? undefined : holder
    }
    for (const [claimed, holder] of this.#addresses)
      if (holder !== server && claimed.startsWith(own)) return holder
    return undefined
  }
}

/** Why nothing can be offered at an address, whoever else there is. */
function addressProblem(address: string): string | undefined {
  if (address.length > MAX_ADDRESS) return `its address is longer than ${MAX_ADDRESS} characters`
  if (!SCHEME.test(isTemplate(address) ? beginningOf(address) : address))
    return 'its address must begin with a scheme, such as "notes://", before any variable'
  if (address.split('{').length - 1 > MAX_VARIABLES)
    return `its address has more than ${MAX_VARIABLES} variables`
  return undefined
}

const beginningOf = (template: string): string => template.slice(0, template.indexOf('{'))

function claim(claims: Map<string, string>, address: string, server: string): void {
  if (!claims.has(address)) claims.set(address, server)
}
