/**
 * By which names and addresses this machine is reached: the one place that knows. The certificate is made for them, the
 * gateway lets in clients that call by what its certificate says, and screens show them.
 */
import { isIPv6 } from 'node:net'
import { hostname as nameOfKernel, networkInterfaces } from 'node:os'

export const HTTPS_PORT = 8443

/** Of this machine alone. */
export const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** Whether an address is of this machine alone. */
export const isLoopback = (address = ''): boolean =>
  address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')

/** The machine's own name, and what it is called by on its networks, without a server of names: RFC 6762. */
export function ownNames(hostname = nameOfKernel()): string[] {
  const name = hostname.toLowerCase()
  return [...new Set([name, nameOnNetwork(name)])]
}

/** Names on the network end at the first dot of the machine's. */
export const nameOnNetwork = (hostname = nameOfKernel()): string =>
  `${hostname.toLowerCase().split('.')[0]}.local`

/** More than any machine needs. A router can have it take thousands, and clients refuse a certificate for so many. */
const MAX_ADDRESSES = 256

/** Of this machine on its networks, those of IPv4 first; without those that hold on one link alone. 256 at most. */
export function ownAddresses(interfaces = networkInterfaces()): string[] {
  const addresses = Object.values(interfaces)
    .flatMap((of) => of ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => canonicalHost(address))
  const [four, six] = [addresses.filter((one) => !isIPv6(one)), addresses.filter((one) => isIPv6(one))]
  return [...new Set([...four, ...six])].slice(0, MAX_ADDRESSES)
}

/** A name or an address in the one way of writing it that can be compared; IPv6 is without brackets. */
export function canonicalHost(host: string): string {
  return isIPv6(host) && !host.includes('%')
    ? new URL(`http://[${host}]`).hostname.slice(1, -1)
    : host.toLowerCase()
}

/** A file in the state folder, of names that were chosen besides, one a line. All users may read it. */
export const CHOSEN_NAMES = 'certificate-names'

/** Where MCP clients reach a machine over HTTPS. */
export const mcpUrl = (host: string): string =>
  `https://${isIPv6(host) ? `[${host}]` : host}:${HTTPS_PORT}/mcp`
