/**
 * What an address is, by IANA's registries of special-purpose addresses (RFC 6890 and its updates). What no range here
 * calls public is none: an IPv6 address has to be of 2000::/3, the one block that is given out.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** As messages tell of it. */
export type AddressClass =
  | 'public'
  | 'a metadata address'
  | 'a loopback address'
  | 'a private address'
  | 'a link-local address'
  | 'a multicast address'
  | 'an unspecified address'
  | 'an address shared by customers of a provider'
  | 'an address for documentation'
  | 'an address that stands for one of IPv4'
  | 'a reserved address'
  | 'an address of this machine or of its own network'
  | 'not an address'

/** The first that fits counts. */
const RANGES: readonly [AddressClass, readonly string[]][] = [
  // Clouds tell secrets of a machine to any program on it: AWS and most others, Alibaba, Oracle, Azure, AWS and Google by IPv6.
  [
    'a metadata address',
    [
      '169.254.169.254/32',
      '169.254.170.2/32',
      '100.100.100.200/32',
      '192.0.0.192/32',
      '168.63.129.16/32',
      'fd00:ec2::/32',
      'fd20:ce::254/128',
    ],
  ],
  ['a loopback address', ['127.0.0.0/8', '::1/128']],
  ['a private address', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['an unspecified address', ['0.0.0.0/8', '::/128']],
  ['an address shared by customers of a provider', ['100.64.0.0/10']],
  [
    'an address for documentation',
    ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ],
  // Translated by rules of a local network, Teredo, 6to4: who relays them decides where they lead.
  ['an address that stands for one of IPv4', ['64:ff9b:1::/48', '2001::/32', '2002::/16', '192.88.99.0/24']],
  [
    'a reserved address',
    [
      '192.0.0.0/24',
      '192.31.196.0/24',
      '192.52.193.0/24',
      '192.175.48.0/24',
      '198.18.0.0/15',
      '240.0.0.0/4',
      '2001::/23',
      '2620:4f:8000::/48',
    ],
  ],
]

const familyOf = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4')

function listOf(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/')
    list.addSubnet(net, Number(bits), familyOf(net))
  }
  return list
}

const LISTS = RANGES.map(([name, subnets]) => ({ name, list: listOf(subnets) }))
const GIVEN_OUT = listOf(['2000::/3'])
/** RFC 6052: what a network without IPv4 reaches all of IPv4 by. */
const TRANSLATED = listOf(['64:ff9b::/96'])

/** The class of an address as `node:dns` gives it. What can't be read as one is not an address, and nothing else. */
export function addressClass(address: string): AddressClass {
  if (isIPv4(address)) return classIn(address, 'ipv4') ?? 'public'
  if (!isIPv6(address)) return 'not an address'
  // A zone names an interface of this machine, and no part of the address.
  const bare = address.replace(/%.*$/, '')
  // Of these, a list that holds any would hold all of IPv4.
  if (isMapped(bare)) return 'an address that stands for one of IPv4'
  if (TRANSLATED.check(bare, 'ipv6')) return addressClass(carriedBy(bare))
  return classIn(bare, 'ipv6') ?? (GIVEN_OUT.check(bare, 'ipv6') ? 'public' : 'a reserved address')
}

const classIn = (address: string, family: 'ipv4' | 'ipv6') =>
  LISTS.find(({ list }) => list.check(address, family))?.name

/** As URLs write it: lower case, shortened, without dots. */
const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1)

const isMapped = (address: string) => /^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(canonical(address))

/** The address of IPv4 in the last 32 bits of one whose middle is zero. */
function carriedBy(address: string): string {
  const [high, low] = canonical(address)
    .replace(/^64:ff9b::/, '0:')
    .split(':')
    .slice(-2)
    .map((group) => Number.parseInt(group || '0', 16)) as [number, number]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
