import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AddressClass, addressClass } from './address-class.ts'
import { hostOf } from './named-hosts.ts'

/** Every range of which servers reach nothing, by what it is. */
const REFUSED: Record<string, string[]> = {
  'a metadata address': [
    '169.254.169.254/32',
    '100.100.100.200/32',
    '168.63.129.16/32',
    '192.0.0.192/32',
    'fd00:ec2::254/128',
    'fd20:ce::254/128',
  ],
  'a loopback address': ['127.0.0.0/8', '::1/128'],
  'a private address': [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    'fc00::/8',
    'fdab::/16',
    'fec0::/10',
  ],
  'a link-local address': ['169.254.0.0/17', '169.254.200.0/21', 'fe80::/10'],
  'a multicast address': ['224.0.0.0/4', 'ff00::/8'],
  'an unspecified address': ['0.0.0.0/8', '::/128'],
  'an address shared by customers of a provider': ['100.64.0.0/11'],
  'an address for documentation': [
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ],
  'an address that stands for one of IPv4': [
    '::ffff:0:0/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
    '192.88.99.0/24',
  ],
  'a reserved address': [
    '192.0.0.0/25',
    '198.18.0.0/15',
    '240.0.0.0/4',
    '255.255.255.255/32',
    '2001:2::/48',
    '2001:20::/28',
    '100::/64',
    '5f00::/16',
    '::/97',
    '4000::/2',
    '8000::/2',
  ],
}
const PUBLIC = [
  ...[
    '1.1.1.1/32',
    '9.255.255.255/32',
    '11.0.0.0/32',
    '172.15.255.255/32',
    '172.32.0.0/32',
    '192.167.0.0/16',
  ],
  ...['100.63.255.255/32', '100.128.0.0/32', '126.255.255.255/32', '128.0.0.0/32', '223.255.255.255/32'],
  ...['198.17.255.255/32', '198.20.0.0/32', '2003::/16', '2400::/12', '2606:4700::/32', '3ffe::/16'],
]

const bitsOf = (net: string) => (net.includes(':') ? 128 : 32)

/** An address as one number. */
function numberOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const all = [...front, ...Array(8 - front.length - back.length).fill('0'), ...back]
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

const partsOf = (value: bigint, count: number, bits: number) =>
  Array.from({ length: count }, (_, i) =>
    Number((value >> BigInt((count - 1 - i) * bits)) & ((1n << BigInt(bits)) - 1n)),
  )

/** Some address of a range. */
const within = (range: string): fc.Arbitrary<{ bits: number; value: bigint }> => {
  const [net = '', length] = range.split('/')
  const bits = bitsOf(net)
  const free = BigInt(bits - Number(length))
  const mask = (1n << free) - 1n
  return fc
    .oneof(fc.constant(0n), fc.constant(mask), fc.bigInt(0n, mask))
    .map((rest) => ({ bits, value: numberOf(net) | rest }))
}

/** An address of IPv6 in any of its spellings (RFC 4291, section 2.2). */
const spelled6 = (value: bigint): fc.Arbitrary<string> =>
  fc
    .record({ upper: fc.boolean(), padded: fc.boolean(), dotted: fc.boolean(), short: fc.boolean() })
    .map(({ upper, padded, dotted, short }) => {
      let groups = partsOf(value, 8, 16).map((group) => group.toString(16).padStart(padded ? 4 : 1, '0'))
      if (dotted) groups = [...groups.slice(0, 6), partsOf(value & 0xffffffffn, 4, 8).join('.')]
      const text = groups.join(':')
      const shortened = short ? text.replace(/(^|:)(0+:){2,}/, '::') : text
      return upper ? shortened.toUpperCase() : shortened
    })

/** An address of IPv4 in any of the spellings that URLs take: fewer parts, and each decimal, octal or hexadecimal. */
const spelled4 = (value: bigint): fc.Arbitrary<string> =>
  fc
    .record({
      parts: fc.integer({ min: 1, max: 4 }),
      bases: fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
      dot: fc.boolean(),
    })
    .map(({ parts, bases, dot }) => {
      const bytes = partsOf(value, 4, 8)
      const last = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0)
      const written = [...bytes.slice(0, parts - 1), last].map((part, i) => {
        const base = bases[i]
        return base === 16 ? `0x${part.toString(16)}` : base === 8 ? `0${part.toString(8)}` : String(part)
      })
      return `${written.join('.')}${dot ? '.' : ''}`
    })

const dotted = (value: bigint) => partsOf(value, 4, 8).join('.')
const addressIn = (range: string) =>
  within(range).chain(({ bits, value }) => (bits === 32 ? fc.constant(dotted(value)) : spelled6(value)))

for (const [kind, ranges] of Object.entries(REFUSED))
  test(`whatever is written of ${ranges.join(', ')} is ${kind}`, () => {
    for (const range of ranges)
      fc.assert(
        fc.property(addressIn(range), (address) => {
          const found = addressClass(address)
          assert.notEqual(found, 'public')
          // Narrower ranges within it have names of their own.
          if (range !== '::/97') assert.equal(found, kind as AddressClass, address)
        }),
      )
  })

test('what lies beside these ranges is public', () => {
  for (const range of PUBLIC)
    fc.assert(
      fc.property(addressIn(range), (address) => assert.equal(addressClass(address), 'public', address)),
    )
})

test('an address of IPv4 behind a translator is what the address that it carries is', () => {
  const anyIPv4 = fc.oneof(
    fc.bigInt(0n, 0xffffffffn),
    ...Object.values(REFUSED)
      .flat()
      .filter((range) => bitsOf(range) === 32)
      .map((range) => within(range).map(({ value }) => value)),
  )
  const both = anyIPv4.chain((value) =>
    spelled6(numberOf('64:ff9b::') | value).map((address) => ({ address, value })),
  )
  fc.assert(
    fc.property(both, ({ address, value }) => {
      assert.equal(addressClass(address), addressClass(dotted(value)), address)
    }),
  )
})

test('an address of IPv4 is the same host in every spelling that a URL can have of it', () => {
  const anyIPv4 = fc.bigInt(0n, 0xffffffffn)
  const spelled = anyIPv4.chain((value) => spelled4(value).map((text) => ({ text, value })))
  fc.assert(
    fc.property(spelled, ({ text, value }) => assert.equal(hostOf(text), dotted(value), text)),
    { numRuns: 500 },
  )
})

test('an address with a zone is what it is without, and what is no address is never public', () => {
  assert.equal(addressClass('fe80::1%eth0'), 'a link-local address')
  for (const text of ['', 'localhost', '1.2.3', '256.1.1.1', '::1::', '1.1.1.1/8', '::ffff:1.1.1.1.1'])
    assert.equal(addressClass(text), 'not an address', text)
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/^[\da-f.:%]+$/i.test(text)) assert.equal(addressClass(text) === 'public', false)
    }),
  )
})
