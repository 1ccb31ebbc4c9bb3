import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostOf, NamedHostsSetting, namedHosts } from './named-hosts.ts'

test('a host is named exactly, for one port or for all', () => {
  const named = namedHosts(['nas.lan:8443', 'Printer.LAN', '192.168.1.20', '[FD00::5]:993', '0x7f.1:8080'])
  for (const [host, port] of [
    ['nas.lan', 8443],
    ['printer.lan', 1],
    ['192.168.1.20', 65535],
    ['fd00::5', 993],
    ['127.0.0.1', 8080],
  ] as const)
    assert.ok(named.has(host, port), host)
  for (const [host, port] of [
    ['nas.lan', 443],
    ['a.printer.lan', 80],
    ['printer', 80],
    ['192.168.1.2', 80],
    ['fd00::5', 143],
    ['127.0.0.1', 80],
  ] as const)
    assert.ok(!named.has(host, port), host)
})

test('what names no host is an error, which says which', () => {
  for (const entry of [
    '',
    '*',
    '*.lan',
    'nas.lan:0',
    'nas.lan:65536',
    'http://nas.lan',
    'nas.lan/x',
    'u@nas.lan',
    'a b',
    '[zz]',
    '[1:2]',
    'fd00::5',
  ])
    assert.throws(
      () => namedHosts([entry]),
      { name: 'TypeError', message: `"${entry}" names no host.` },
      entry,
    )
})

test('the pattern of the setting takes what names a host', () => {
  const { pattern } = NamedHostsSetting.items as { pattern?: string }
  const isTaken = (text: string) => new RegExp(pattern as string).test(text)
  for (const entry of ['nas.lan', 'nas.lan:8443', '192.168.1.20:1', '[fd00::5]:993', 'müller.lan'])
    assert.ok(isTaken(entry), entry)
  for (const entry of ['', '*.lan', 'nas.lan:0', 'http://nas.lan', 'fd00::5'])
    assert.ok(!isTaken(entry), entry)
})

test('a host has one form, and what is more than a host is none', () => {
  for (const [text, host] of [
    ['LocalHost.', 'localhost'],
    ['MÜLLER.example', 'xn--mller-kva.example'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['127%2e0.0.1', '127.0.0.1'],
    ['①②⑦.0.0.1', '127.0.0.1'],
  ] as const)
    assert.equal(hostOf(text), host)
  for (const text of [
    '',
    '.',
    'a:80',
    '[::1]:80',
    'a/b',
    'u@a',
    'a?b',
    'a#b',
    'a\\b',
    'fe80::1%eth0',
    '[fe80::1%25eth0]',
    '1.2.3.4.5',
    '0x100000000',
    'x'.repeat(254),
  ])
    assert.equal(hostOf(text), undefined, text)
})
