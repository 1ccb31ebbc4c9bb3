/** The rules of the image's firewall, loaded by the kernel in a network of their own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './support/appliance.ts'

const RULES = join(ROOT, 'rootfs-overlay/usr/lib/llmbasedos/firewall.nft')
const inside = (script: string) =>
  spawnSync('unshare', ['--net', 'sh', '-ec', script, 'sh', RULES], { encoding: 'utf8' })
const without = inside('nft list ruleset').status === 0 ? false : 'it takes root and nft'

test('one source has so many connections, by IPv4 and by IPv6, and rules can be loaded again', {
  skip: without,
}, () => {
  const { stdout, stderr, status } = inside('nft --file "$1"; nft --file "$1"; nft list ruleset')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /add @of_ipv4 \{ ip saddr ct count over 1024 \} drop/)
  assert.match(stdout, /add @of_ipv6 \{ ip6 saddr & ffff:ffff:ffff:ffff:: ct count over 1024 \} drop/)
  assert.ok(
    stdout.indexOf('ct count') < stdout.indexOf('dport { 22, 8443 } accept'),
    'before they are let in',
  )
})
