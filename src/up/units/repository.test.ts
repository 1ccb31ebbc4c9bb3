/** The project's own unit files: nothing in them may be passed over in silence. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findInstallation } from '../../command/installation.ts'
import { grantsText, serviceText, socketText } from '../../host/added-server-units.ts'
import { planAppliance } from '../plan.ts'
import { DIRECTIVES, effectOf } from './directives.ts'
import { UnitFolders } from './unit.ts'
import { parseUnitFile } from './unit-file.ts'

const folder = findInstallation().units
/** What runs as root is part of the image alone; "luca up" never reads these. */
const OF_THE_IMAGE =
  /^llmbasedos-(admin|boot|firewall|console|certificate|disk|passphrase|vconsole)\.|\.slice$/
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => !OF_THE_IMAGE.test(name))
  .map((name) => join(folder, name))
  .filter((path) => statSync(path).isFile() && !path.endsWith('README.md'))
/** What "luca server add" writes is as good as a file of the project. */
const added = [
  serviceText('other', 'r1'),
  socketText('other'),
  grantsText('other', { network: true, files: 'read' }),
  grantsText('other', { network: false, files: 'write' }),
]
const assignments = [
  ...files.flatMap((path) => parseUnitFile(readFileSync(path, 'utf8'), path)),
  ...added.flatMap((text) => parseUnitFile(text, 'of an added server')),
]

const serversFor = (user: string) =>
  planAppliance(new UnitFolders([folder]), user).services.filter(({ service }) =>
    service.id.startsWith('mcp-'),
  )

test('every directive in every unit file is in the table', () => {
  assert.ok(files.length > 10)
  for (const assignment of assignments) assert.doesNotThrow(() => effectOf(assignment))
})

test('every isolation directive of the table is used, so that the list that users read is true', () => {
  const used = new Set(assignments.map(({ section, key }) => `${section}.${key}`))
  const unused = Object.entries(DIRECTIVES).filter(
    ([name, { effect }]) => effect === 'isolation' && !used.has(name),
  )
  assert.deepEqual(unused, [])
})

test('a server is started as it is, without what keeps sandboxes in the image', () => {
  const programs = serversFor('alice').map(({ service }) => service.command[0])
  assert.deepEqual([...new Set(programs)], ['/usr/bin/node'])
})

test('the gateway gets its UNIX socket and plain HTTP, and never the socket for the network', () => {
  const { services } = planAppliance(new UnitFolders([folder]), 'alice')
  const gateway = services.find(({ service }) => service.id === 'llmbasedos-gateway.service')
  assert.deepEqual(
    gateway?.sockets.map(({ descriptorName, address }) => [descriptorName, address]),
    [
      ['unix', { kind: 'unix', path: '/run/mcp/gateway.sock' }],
      ['http', { kind: 'tcp', host: '127.0.0.1', port: 8000 }],
    ],
  )
})

test("every server of users listens under its user's name, for its user and the gateway, and at the owner's short path", () => {
  const servers = serversFor('alice').filter(({ service }) => service.id.includes('@'))
  assert.ok(servers.length >= 2)
  for (const { service, sockets } of servers) {
    const name = service.id.slice('mcp-'.length, -'@alice.service'.length)
    assert.equal(service.id, `mcp-${name}@alice.service`)
    assert.deepEqual(
      sockets.map(({ address, mode, symlinks }) => ({ address, mode, symlinks })),
      [
        {
          address: { kind: 'unix', path: `/run/mcp/alice/${name}.sock` },
          mode: 0o660,
          symlinks: [`/run/mcp/${name}.sock`],
        },
      ],
    )
    assert.ok(files.some((path) => path.endsWith(`mcp-${name}@.service.d/50-grants.conf`)))
  }
})

test('a server for all listens at the short path, for the gateway alone', () => {
  const servers = serversFor('alice').filter(({ service }) => !service.id.includes('@'))
  assert.ok(servers.length >= 1)
  for (const { service, sockets } of servers) {
    const name = service.id.slice('mcp-'.length, -'.service'.length)
    assert.deepEqual(
      sockets.map(({ address, mode, symlinks }) => ({ address, mode, symlinks })),
      [{ address: { kind: 'unix', path: `/run/mcp/${name}.sock` }, mode: 0o660, symlinks: [] }],
    )
    assert.ok(files.some((path) => path.endsWith(`mcp-${name}.service.d/50-grants.conf`)))
    const socket = assignments.filter(({ origin }) => origin.includes(`mcp-${name}.socket`))
    assert.ok(!socket.some(({ key }) => key === 'SocketUser'))
  }
})

test('nothing of the image alone is part of "luca up"', () => {
  const { services } = planAppliance(new UnitFolders([folder]), 'alice')
  const read = services.flatMap(({ service, sockets }) => [service.id, ...sockets.map(({ id }) => id)])
  assert.deepEqual(
    read.filter((id) => OF_THE_IMAGE.test(id)),
    [],
  )
})

test('no service has a limit of starts that would end its socket', () => {
  const { services } = planAppliance(new UnitFolders([folder]), 'alice')
  for (const { service } of services)
    assert.deepEqual(service.restart, { onFailure: true, firstMs: 100, maxMs: 5000, steps: 5 }, service.id)
})
