/**
 * The networks that this machine is in, with its own addresses: behind a router without translation, such as any of IPv6,
 * printers and disks have public addresses, and only who is in the network reaches them. The kernel tells of it in /proc,
 * which a sandbox without netlink sees too.
 */
import { readFileSync } from 'node:fs'
import { BlockList, isIPv6 } from 'node:net'

/** A file of /proc/self/net; empty where there is none, as without IPv6. */
export type ReadNet = (name: 'route' | 'fib_trie' | 'ipv6_route') => string

/** Shorter prefixes are no networks of one place: tunnels have such routes, for half the world at a time. */
const SHORTEST = { ipv4: 16, ipv6: 48 }
const RTF_REJECT = 0x200

/** Whether an address, as `node:dns` gives it, is in one of them now. */
export function isLocal(address: string, read: ReadNet = readNet): boolean {
  const list = new BlockList()
  if (isIPv6(address)) {
    for (const [net, bits] of onLink6(read('ipv6_route'))) list.addSubnet(net, bits, 'ipv6')
    return list.check(address.replace(/%.*$/, ''), 'ipv6')
  }
  for (const [net, bits] of onLink4(read('route'))) list.addSubnet(net, bits, 'ipv4')
  for (const [, own = ''] of read('fib_trie').matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g))
    list.addAddress(own, 'ipv4')
  return list.check(address, 'ipv4')
}

type Subnet = [net: string, bits: number]

/** Lines of `route`: interface, destination, gateway, flags, …, mask as the eighth; numbers are turned round. */
function onLink4(text: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , gateway]) => gateway === '00000000')
    .map(([, destination = '', , , , , , mask = '']): Subnet => [fromHex(destination), bitsIn(mask)])
    .filter(([, bits]) => bits >= SHORTEST.ipv4)
}

/** Lines of `ipv6_route`: destination, its length, source, its length, next hop, metric, two counts, flags, interface. */
function onLink6(text: string): Subnet[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , hop, , , , flags]) => hop === '0'.repeat(32) && !(hex(flags) & RTF_REJECT))
    .map(([net = '', bits]): Subnet => [(net.match(/.{4}/g) ?? []).join(':'), hex(bits)])
    .filter(([, bits]) => bits >= SHORTEST.ipv6)
}

const hex = (text = ''): number => Number.parseInt(text, 16)
const fromHex = (text: string): string => (text.match(/../g) ?? []).reverse().map(hex).join('.')
const bitsIn = (mask: string): number => hex(mask).toString(2).replaceAll('0', '').length

function readNet(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
