import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalHost, mcpUrl, ownAddresses, ownNames } from './reached-as.ts'

const at = (address: string, more: object = {}) => ({
  address,
  family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
  internal: false,
  netmask: '',
  mac: '',
  cidr: null,
  scopeid: 0,
  ...more,
})

test('a machine is reached by its name, and by the first part of it on its network', () => {
  assert.deepEqual(ownNames('Box'), ['box', 'box.local'])
  assert.deepEqual(ownNames('box.example.org'), ['box.example.org', 'box.local'])
  assert.deepEqual(ownNames('box.local'), ['box.local'])
})

test('a machine is reached by its addresses, but for those of a link and of itself', () => {
  assert.deepEqual(
    ownAddresses({
      lo: [at('127.0.0.1', { internal: true }), at('::1', { internal: true })],
      eth0: [at('fd00:0::0:1'), at('10.0.2.15'), at('fe80::1', { scopeid: 2 })],
      eth1: [at('10.0.2.15'), at('169.254.3.4')],
      gone: undefined,
    } as never),
    ['10.0.2.15', '169.254.3.4', 'fd00::1'],
  )
  assert.deepEqual(ownAddresses({}), [])
})

test('however many addresses another computer on the network has it take, a certificate holds those that count', () => {
  const many = Array.from({ length: 5000 }, (_, i) => at(`fd00::${i.toString(16)}`))
  const addresses = ownAddresses({ eth0: [...many, at('10.0.2.15')] } as never)
  assert.equal(addresses.length, 256)
  assert.deepEqual(addresses.slice(0, 2), ['10.0.2.15', 'fd00::'])
})

test('an address has one way of writing, whatever it came as', () => {
  for (const [given, wanted] of [
    ['FE80:0:0:0:0:0:0:1', 'fe80::1'],
    ['::FFFF:10.0.0.1', '::ffff:a00:1'],
    ['Box.Example', 'box.example'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ] as const)
    assert.equal(canonicalHost(given), wanted)
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const written = canonicalHost(address)
      assert.equal(isIP(written), isIP(address))
      assert.equal(canonicalHost(written), written)
    }),
  )
})

test('clients get a URL that they can use', () => {
  assert.equal(mcpUrl('10.0.2.15'), 'https://10.0.2.15:8443/mcp')
  assert.equal(mcpUrl('fd00::1'), 'https://[fd00::1]:8443/mcp')
})
