import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { isLocal, type ReadNet } from './local-networks.ts'

/** As the kernel tells it of a machine with public addresses, and with a tunnel that takes half of the world. */
const TOLD: Record<Parameters<ReadNet>[0], string> = {
  route: `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t01000905\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t00000905\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t0000010B\t01000905\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
`,
  fib_trie: `Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
     |-- 9.9.9.9
        /32 host LOCAL
     |-- 5.9.0.255
        /32 link BROADCAST
`,
  ipv6_route: [
    ['2a0104f8000000000000000000000000', '40', '0'.repeat(32), '00000001', 'eth0'],
    ['2a020000000000000000000000000007', '80', '0'.repeat(32), '80200001', 'lo'],
    ['26000000000000000000000000000000', '40', 'fe800000000000000000000000000001', '00000003', 'eth0'],
    ['26010000000000000000000000000000', '40', '0'.repeat(32), '00200200', 'lo'],
    ['20000000000000000000000000000000', '03', '0'.repeat(32), '00000001', 'tun0'],
    ['0'.repeat(32), '00', 'fe800000000000000000000000000001', '00000003', 'eth0'],
  ]
    .map(([net, bits, hop, flags, device]) =>
      [net, bits, '0'.repeat(32), '00', hop, '00000100', '00000001', '00000000', flags, device].join(' '),
    )
    .join('\n'),
}

test('the machine’s own addresses and networks are local, and what is behind a router or a tunnel is not', () => {
  const read: ReadNet = (name) => TOLD[name]
  for (const address of ['5.9.0.1', '5.9.0.77', '9.9.9.9', '2a01:4f8::99', '2A01:4f8:0:0:1::', '2a02::7'])
    assert.ok(isLocal(address, read), address)
  for (const address of [
    '5.9.1.1',
    '9.9.9.8',
    '11.1.2.3',
    '130.1.1.1',
    '2a01:4f8:0:1::',
    '2a02::8',
    '2600::1',
    '2601::1',
    '2001::1',
  ])
    assert.ok(!isLocal(address, read), address)
  assert.ok(!isLocal('2a01:4f8::99', (name) => (name === 'ipv6_route' ? '' : TOLD[name])))
})

test('in networks of the kernel a public address is reached, and none of the machine or its own network', async () => {
  using folder = temporaryDirectory()
  const hosts = join(folder.path, 'hosts')
  writeFileSync(
    hosts,
    '93.184.215.14 public.test\n2606:2800::14 public.test\n93.184.215.14 mixed.test\n127.0.0.1 mixed.test\n2a01:4f8::2 printer.test\n',
  )
  const public_ = ['93.184.215.14', '[2606:2800::14]', 'public.test']
  const inside = [
    '8.8.4.1',
    '8.8.4.2',
    '9.9.9.9',
    '[2a01:4f8::1]',
    '[2a01:4f8::2]',
    'printer.test',
    'mixed.test',
    '127.0.0.1',
    '[::ffff:8.8.4.2]',
  ]
  const program = fileURLToPath(import.meta.resolve('./testing/two-networks.ts'))
  const words = [
    '--map-root-user',
    '--net',
    '--mount',
    process.execPath,
    program,
    hosts,
    ...public_,
    ...inside,
  ]
  const { stdout } = await promisify(execFile)('unshare', words)
  const came = JSON.parse(stdout) as Record<string, string>
  assert.deepEqual(Object.keys(came), [...public_, ...inside])
  for (const host of public_) assert.equal(came[host], 'reached', host)
  for (const host of inside)
    assert.match(
      came[host] ?? '',
      /and servers reach public addresses alone\. To allow it, the owner adds /,
      host,
    )
  assert.match(
    came['printer.test'] ?? '',
    /^printer\.test has an address of this machine or of its own network, /,
  )
})
