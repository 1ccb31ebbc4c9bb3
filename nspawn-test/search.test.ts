/** Searching files by what they say on the appliance: over the real units, with the model of the image. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { VirtualTerminal } from '../test/support/virtual-terminal.ts'
import { System } from './system.ts'

const BREAKFAST = ['luca', 'search', 'how', 'to', 'cook', 'breakfast']

let system: System
before(async () => {
  system = await System.boot()
  for (const user of ['ada', 'bob']) await system.out(['luca', 'user', 'add', user])
  await put(
    'ada',
    'notes/kitchen.md',
    '# Kitchen\n\nPancakes: flour, milk, two eggs. Fry in butter until golden.\n',
  )
  await put('ada', 'notes/trips.txt', 'The train to Vienna leaves at 7:42. The booking is QX-88213.\n')
  await put('bob', 'secret.txt', 'The safe has the code HV-5521.\n')
})
after(() => system?.stop())

async function put(user: string, path: string, text: string): Promise<void> {
  await system.put(`/home/${user}/${path}`, text)
  await system.out(['chown', '-R', `${user}:`, `/home/${user}/${path.split('/')[0]}`])
}
const as = (user: string, ...command: string[]) => system.run(command, { user })

/** A terminal of a user in it. */
async function seeing(
  user: string,
  command: readonly string[],
  run: (terminal: VirtualTerminal) => Promise<void>,
): Promise<void> {
  const [program = '', ...args] = system.entering(command, user)
  const terminal = new VirtualTerminal({ command: program, args })
  try {
    await run(terminal)
  } finally {
    await terminal.close()
  }
}

test('a user has a folder of theirs indexed, and a paraphrase finds the right note', async () => {
  const added = await as('ada', 'luca', 'index', 'add', '/home/ada/notes')
  assert.equal(added.code, 0, added.stderr)
  await system.until('all is found by meaning', async () => {
    const { stdout } = await as('ada', 'luca', 'index', 'status', '--json')
    const { model, withoutMeaning } = JSON.parse(stdout)
    return model !== undefined && withoutMeaning === 0
  })
  const { code, stdout, stderr } = await as('ada', ...BREAKFAST)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^\/notes\/kitchen\.md:\d+/)
  assert.match(stdout, /found by its meaning/)
})

test('what another user has is in no answer, and what is indexed is their own', async () => {
  assert.equal((await as('bob', ...BREAKFAST)).code, 1)
  assert.equal((await as('bob', 'luca', 'index', 'add', '/')).code, 0)
  assert.equal((await as('bob', 'luca', 'search', 'HV-5521')).code, 0)
  assert.equal((await as('bob', 'luca', 'search', 'QX-88213')).code, 6)
  assert.equal((await as('ada', 'luca', 'search', 'HV-5521')).code, 6)
})

test('it finds what has changed while the server slept', async () => {
  await system.putToSleep('mcp-fs@ada.service')
  await put('ada', 'notes/bees.md', 'The hive in the orchard has the code ZK-9043.\n')
  await system.until('it is found', async () => (await as('ada', 'luca', 'search', 'ZK-9043')).code === 0)
})

test('--open shows a hit in the editor of the appliance, at its line', () =>
  seeing('ada', ['env', 'HOME=/home/ada', 'luca', 'search', 'QX-88213', '--open'], async (terminal) => {
    await terminal.shows(/GNU nano[\s\S]*trips\.txt[\s\S]*QX-88213/)
  }))

test('a new machine offers to index Documents, and a yes is enough', async () => {
  assert.deepEqual(JSON.parse((await as('owner', 'luca', 'index', 'status', '--json')).stdout).folders, [])
  await seeing('owner', ['luca', 'begin'], async (terminal) => {
    for (const question of [/keyboard \[.*\]:/, /time zone \[.*\]:/, /language \[.*\]:/]) {
      await terminal.shows(question)
      terminal.type('\r')
    }
    await terminal.shows(/Should files in Documents be found by what they say\? \[y\/N\]/)
    terminal.type('y\r')
    await terminal.shows(/\/Documents is indexed from now on/)
  })
  assert.deepEqual(JSON.parse((await as('owner', 'luca', 'index', 'status', '--json')).stdout).folders, [
    { path: '/Documents' },
  ])
  await put('owner', 'Documents/lease.txt', 'The lease of the flat ends in April.\n')
  await system.until('what comes into it is found', async () => {
    return (await as('owner', 'luca', 'search', 'lease')).code === 0
  })
})

interface Status {
  files: number
  waiting: number
  withoutMeaning: number
}
const FS = 'mcp-fs@ada.service'
const statusOf = async (user: string): Promise<Status> =>
  JSON.parse(await system.out(['luca', 'index', 'status', '--json'], { user }))
/** Of a server and its workers together, in MB; what they share is counted once. */
async function megabytesOf(unit: string): Promise<number> {
  const program = await system.programOf(unit)
  const each = `for pid in ${program} $(pgrep --parent ${program}); do cat /proc/$pid/smaps_rollup; done`
  const { stdout } = await system.run(['sh', '-c', each])
  const kilobytes = [...stdout.matchAll(/^Pss: +(\d+) kB$/gm)].reduce((sum, [, one]) => sum + Number(one), 0)
  return Math.round(kilobytes / 1024)
}

test('a kill in the middle of indexing loses nothing, and memory stays well below what the unit may take', async (t) => {
  const write = 'for i in $(seq 2000); do echo "Note $i of the kettle has the code KQ-$i." >$i.md; done'
  await system.out(['sh', '-c', `mkdir /home/ada/many; cd /home/ada/many; ${write}; chown -R ada: .`])
  const before = (await statusOf('ada')).files
  assert.equal((await as('ada', 'luca', 'index', 'add', '/home/ada/many')).code, 0)
  let most = 0
  await system.until('some are read', async () => {
    most = Math.max(most, await megabytesOf(FS))
    return (await statusOf('ada')).files > before + 50
  })
  await system.out(['kill', '-KILL', String(await system.programOf(FS))])
  const { code } = await system.until('it answers again', async () => {
    const ran = await as('ada', 'luca', 'search', 'kettle')
    return ran.code === 0 ? ran : undefined
  })
  assert.equal(code, 0)
  const { waiting, withoutMeaning } = await statusOf('ada')
  await system.until('all is found by meaning', async () => {
    most = Math.max(most, await megabytesOf(FS))
    const { files, waiting, withoutMeaning } = await statusOf('ada')
    return files === before + 2000 && waiting === 0 && withoutMeaning === 0
  })
  t.diagnostic(
    `after the kill: ${waiting} to be read, ${withoutMeaning} to be embedded; most memory: ${most} MB`,
  )
  assert.ok(most > 0 && most < 400, `${most} MB`)
  assert.equal((await as('ada', 'luca', 'search', 'KQ-1999')).code, 0)
})

test('each night what has changed is read, though nobody asks', async () => {
  const { files } = await statusOf('ada')
  await system.putToSleep(FS)
  await put('ada', 'notes/night.md', 'The owl of the barn.\n')
  // Its hour comes at once: the machine's clock is not the container's to set.
  await system.out(['systemctl', 'stop', 'llmbasedos-gateway.service'])
  await system.out([
    'node',
    '-e',
    `const { DatabaseSync } = require('node:sqlite')
     const database = new DatabaseSync('/var/lib/llmbasedos/gateway/gateway.db')
     // Nothing else may wake it.
     database.exec("DELETE FROM wake WHERE user = 'ada' AND key <> 'look'")
     const { changes } = database.prepare("UPDATE wake SET due = ?1, next = ?1 WHERE user = 'ada' AND key = 'look'").run(Date.now())
     database.close()
     process.exit(changes === 1 ? 0 : 1)`,
  ])
  await system.out(['systemctl', 'start', 'llmbasedos-gateway.service'])
  await system.until('it is read', async () => (await statusOf('ada')).files === files + 1)
})

test('the server of files is confined as before', async (t) => {
  const said = await system.out(['systemd-analyze', 'security', '--no-pager', FS])
  const exposure = Number(/Overall exposure level for .*: ([0-9.]+)/.exec(said)?.[1])
  t.diagnostic(`exposure ${exposure}`)
  assert.ok(exposure <= 1.5, said)
})
