/** Addresses that are this machine itself, or whatever is at the other end of its cable. */
import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const WITHIN = new BlockList()
WITHIN.addSubnet('127.0.0.0', 8, 'ipv4')
WITHIN.addSubnet('0.0.0.0', 8, 'ipv4')
WITHIN.addSubnet('169.254.0.0', 16, 'ipv4')
WITHIN.addSubnet('::', 127, 'ipv6')
WITHIN.addSubnet('fe80::', 10, 'ipv6')

/** Whether the host of an address is one of these, as far as it can be seen without asking for its name. */
export function isWithin(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(host)
  if (version === 0) return host === 'localhost' || host.endsWith('.localhost')
  return WITHIN.check(host, version === 6 ? 'ipv6' : 'ipv4')
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
