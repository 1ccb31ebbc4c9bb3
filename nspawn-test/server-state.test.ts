/** What a server of a user keeps: a line in its unit gives it a folder, which it alone sees and which goes with its user. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { System } from './system.ts'

const PROGRAM = '/usr/lib/llmbasedos/notes.mjs'
/** As one in systemd/ would be; all else stands in what holds for every server. */
const UNIT = `[Unit]
Description=Notes of %i, which a test has written

[Service]
Type=exec
ExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${PROGRAM}
StateDirectory=llmbasedos/notes/%i
`
const unitOf = (user: string) => `mcp-notes@${user}.service`

let system: System
before(async () => {
  system = await System.boot()
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../src/host/database/fixtures/writer.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  })
  await system.put(PROGRAM, outputFiles[0]?.text ?? '')
  await system.put('/run/systemd/system/mcp-notes@.service', UNIT)
  await system.out(['systemctl', 'daemon-reload'])
  for (const user of ['ada', 'bob']) {
    await system.out(['luca', 'user', 'add', user])
    await system.out(['systemctl', 'start', unitOf(user)])
    await system.until('it writes', async () => (await acknowledged(user)).length > 5)
  }
})
after(() => system?.stop())

/** The numbers of the notes that it knows are written. */
async function acknowledged(user: string): Promise<number[]> {
  const said = await system.out(['journalctl', '-b', '-q', '-o', 'cat', '-u', unitOf(user)])
  return said
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []))
}

async function within(user: string, script: string): Promise<string> {
  const pid = await system.show(unitOf(user), 'MainPID')
  return (await system.run(['nsenter', '-t', pid, '-m', '--', '/bin/sh', '-c', script])).stdout.trim()
}

test('its folder is its own: no other server, and none of another user, sees it', async () => {
  for (const user of ['ada', 'bob']) {
    const kept = `/var/lib/private/llmbasedos/notes/${user}`
    assert.equal(await system.out(['stat', '-c', '%a %U', kept]), `700 mcp-notes-${user}`)
    assert.equal(await system.out(['stat', '-c', '%a', `${kept}/notes.db`]), '600')
    assert.equal(
      await within(user, 'ls /var/lib/llmbasedos /var/lib/llmbasedos/notes | xargs'),
      `/var/lib/llmbasedos: notes /var/lib/llmbasedos/notes: ${user}`,
    )
  }
  // What a server keeps that runs as its user is for that user alone, too.
  await system.out(['systemctl', 'start', 'mcp-fs@ada.service'])
  assert.equal(await system.out(['stat', '-c', '%a %U', '/var/cache/llmbasedos/fs/ada']), '700 ada')
  await system.out(['systemctl', 'start', 'mcp-time@ada.service'])
  const time = await system.show('mcp-time@ada.service', 'MainPID')
  const { code } = await system.run([
    'nsenter',
    '-t',
    time,
    '-m',
    '--',
    '/bin/sh',
    '-c',
    'ls /var/lib/llmbasedos/notes',
  ])
  assert.notEqual(code, 0)
})

test('with it, it is as little exposed as any other', async () => {
  await system.out(['systemd-analyze', 'security', '--threshold=5', unitOf('ada')])
})

test('killed again and again, it has lost nothing that was acknowledged', async () => {
  for (let kills = 0; kills < 5; kills++) {
    const before = (await acknowledged('ada')).length
    await system.out(['systemctl', 'kill', '--signal=KILL', unitOf('ada')])
    await system.until('it writes again', async () => (await acknowledged('ada')).length > before + 5)
  }
  const numbers = await acknowledged('ada')
  // It goes on after the last that is there: one that was lost would be said once more.
  for (const [at, number] of numbers.entries())
    assert.ok(at === 0 || number > (numbers[at - 1] ?? 0), `${number} after ${numbers[at - 1]}`)
  assert.equal(
    await system.out(['sh', '-c', 'ls /var/lib/private/llmbasedos/notes/ada | grep damaged || true']),
    '',
  )
})

test('it goes with its user, where the files do, and that of others stays', async () => {
  const kept = '/var/lib/private/llmbasedos/notes/bob'
  const said = await system.out(['luca', 'user', 'remove', 'bob', '--yes'])
  assert.ok(said.includes(kept), said)
  assert.equal(
    await system.out(['systemctl', 'is-active', unitOf('bob')]).catch(() => 'inactive'),
    'inactive',
  )
  await system.out(['luca', 'user', 'remove', 'bob', '--wipe', '--yes'])
  assert.notEqual((await system.run(['test', '-e', kept])).code, 0)
  assert.equal((await system.run(['test', '-e', '/var/lib/private/llmbasedos/notes/ada/notes.db'])).code, 0)
})
