import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findInstallation } from '../../command/installation.ts'
import { isUserName } from '../../contracts/admin-rules.ts'
import type { Grants } from '../../contracts/third-party.ts'
import { grantsText, installGrantsText, serviceText, socketText } from '../../host/added-server-units.ts'
import { planOf } from '../../up/plan.ts'
import { UnitFolders } from '../../up/units/unit.ts'

function unitOf(t: TestContext, grants: Grants, user = 'ada') {
  const folder = mkdtempSync(join(tmpdir(), 'units-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'mcp-other@.service'), serviceText('other', 'r1'))
  mkdirSync(join(folder, 'mcp-other@.service.d'))
  writeFileSync(join(folder, 'mcp-other@.service.d/50-grants.conf'), grantsText('other', grants))
  writeFileSync(join(folder, 'mcp-other@.socket'), socketText('other'))
  const folders = new UnitFolders([folder, findInstallation().units])
  const { services } = planOf(['mcp-other@.socket'], folders, user)
  const unit = folders.read({ type: 'service', prefix: 'mcp-other', instance: user })
  return { planned: services[0], last: (key: string) => unit.last('Service', key)?.value }
}
const NOTHING: Grants = { network: false, files: 'none' }

test('an added server is held to what is pinned, and gets its secrets as a credential', (t) => {
  const { planned } = unitOf(t, NOTHING)
  assert.deepEqual(planned?.service.command.slice(1), [
    '/usr/lib/llmbasedos/stdio-adapter.cjs',
    '/var/lib/llmbasedos/servers/other/pinned.json',
  ])
  assert.deepEqual(planned?.service.credentials, [
    { name: 'server.json', path: '/var/lib/llmbasedos/servers/other/server.json' },
  ])
  assert.deepEqual(planned?.sockets[0]?.address, { kind: 'unix', path: '/run/mcp/ada/other.sock' })
})

test('it has the hardening of every server, and nothing beyond it unless that was asked for', (t) => {
  const { last } = unitOf(t, NOTHING)
  assert.equal(last('DynamicUser'), 'yes')
  assert.equal(last('PrivateNetwork'), 'yes')
  assert.equal(last('ProtectHome'), 'yes')
  assert.match(last('User') ?? '', /^mcp-[0-9a-f]{8}-ada$/)
})

test('the network and files are granted one by one', (t) => {
  const online = unitOf(t, { network: true, files: 'none' })
  assert.equal(online.last('PrivateNetwork'), 'no')
  assert.equal(online.last('IPAddressDeny'), undefined)
  assert.match(online.last('BindReadOnlyPaths') ?? '', /resolv\.conf$/)
  assert.equal(online.last('ProtectHome'), 'yes')
  const reader = unitOf(t, { network: false, files: 'read' })
  assert.equal(reader.last('PrivateNetwork'), 'yes')
  assert.equal(reader.last('User'), 'ada')
  assert.equal(reader.last('PrivateUsers'), 'yes')
  assert.equal(reader.last('BindReadOnlyPaths'), '/home/ada')
})

test('what runs it, and what installs it, has a user of its own: not that of a person or another server', (t) => {
  for (const user of ['a', 'install', 'fifteenletters1']) {
    const name = unitOf(t, NOTHING, user).last('User') ?? ''
    assert.ok(!isUserName(name), name)
    assert.ok(name.length <= 31, name)
    const [, installer = ''] = /^User=(.*)$/m.exec(installGrantsText('other')) ?? []
    assert.ok(installer !== '' && !isUserName(installer), installer)
    assert.notEqual(installer, name)
  }
})
