/** Addresses that are this machine itself, or whatever is at the other end of its cable. */
import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { type AddressClass, addressClass } from '../../host/outward/address-class.ts'

/** A mirror may be in the user's own network, so private addresses are not among them. */
const WITHIN: ReadonlySet<AddressClass> = new Set<AddressClass>([
  'a loopback address',
  'an unspecified address',
  'a link-local address',
  'a metadata address',
  'an address that stands for one of IPv4',
])

/** Whether the host of an address is one of these, as far as it can be seen without asking for its name. */
export function isWithin(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0) return host === 'localhost' || host.endsWith('.localhost')
  return WITHIN.has(addressClass(host))
}

/** As `dns.lookup`, but for names that stand for this machine: those fail. */
export const lookupOutside: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, [])
    if (found.some(({ address }) => isWithin(address)))
      return callback(new Error(`${hostname} is this machine itself`), [])
    if (options.all) return callback(null, found)
    const [first] = found
    callback(null, first?.address ?? '', first?.family)
  })
}
