import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { defineServer, type ServerHost } from '../protocol/define.ts'
import * as Type from '../protocol/schema.ts'
import { type HarnessOptions, harness } from './harness.ts'
import { compileValidators } from './testing/compile-validators.ts'
import { FakeClock } from './testing/fake-clock.ts'

const Settings = Type.Object({ greeting: Type.String({ default: 'hello', description: 'A greeting.' }) })

/** A server that does this when it is opened. */
function opened(open: (host: ServerHost) => Promise<unknown>, close?: () => Promise<void>) {
  const server = defineServer<unknown>({
    name: 'given',
    title: 'Given',
    version: '1.0.0',
    description: 'Looks at what it is given',
    scope: 'user',
    settings: Settings,
    tools: [],
    open,
    ...(close ? { close } : {}),
  })
  return (options?: HarnessOptions) => harness(server, compileValidators(server), options)
}

test('a server is given the folders that its unit names, and no others', async () => {
  const found: unknown[] = []
  const start = opened(async ({ directories }) => found.push({ ...directories }))
  for (const env of [
    {},
    { STATE_DIRECTORY: '/s/a:/s/b', CACHE_DIRECTORY: '/c', CONFIGURATION_DIRECTORY: '/e' },
  ])
    await (await start({ env })).close()
  assert.deepEqual(found, [{}, { state: '/s/a', cache: '/c', configuration: '/e' }])
})

test('the clock is that which the process was given', async () => {
  const clock = new FakeClock('2026-11-28T12:00:00Z')
  await using _ = await opened(async (host) => assert.equal(host.clock, clock))({ clock })
})

test('settings are read once: the same are given again, though the file has changed', async () => {
  using folder = temporaryDirectory()
  writeFileSync(`${folder.path}/given.yaml`, 'greeting: hi')
  await using _ = await opened(async ({ config }) => {
    const first = await config(Settings)
    writeFileSync(`${folder.path}/given.yaml`, 'greeting: [')
    assert.equal(await config(Settings), first)
    assert.deepEqual(first, { greeting: 'hi' })
  })({ directories: { configuration: folder.path } })
})

test('a mistake in the settings is reported with its file and line, as what the server can not start without', async () => {
  using folder = temporaryDirectory()
  writeFileSync(`${folder.path}/given.yaml`, '# mine\ngreeting: 7')
  await assert.rejects(
    opened(({ config }) => config(Settings))({ directories: { configuration: folder.path } }),
    {
      message: `It can't start without its settings: ${folder.path}/given.yaml:2: greeting: is a number and must be text; put it in quotes.`,
      status: 78,
    },
  )
})

test('a server whose opening fails is not closed; one that is closed badly is logged', async () => {
  const failing = opened(
    async () => {
      throw new Error('no folder')
    },
    () => assert.fail('it was never open'),
  )
  await assert.rejects(failing(), {
    message: "It can't start without what it works with: no folder",
    status: 69,
  })
  const running = await opened(
    async () => 1,
    async () => {
      throw new Error('stuck')
    },
  )()
  await running.close()
  assert.deepEqual(
    running.logged.map(({ level, text }) => [level, text]),
    [['error', 'could not release what it works with']],
  )
})

const STEPS = ['CREATE TABLE notes (text TEXT) STRICT']

test('what is opened is closed in reverse: calls end, then the server closes, and its databases last', async () => {
  using folder = temporaryDirectory()
  const events: string[] = []
  const server = defineServer<{ write(text: string): Promise<unknown>; read(): unknown[] }>({
    name: 'given',
    title: 'Given',
    version: '1.0.0',
    description: 'Writes as it closes',
    scope: 'user',
    tools: [],
    async open({ database }) {
      const [one, two] = [await database('one', STEPS), await database('two', STEPS)]
      for (const [name, opened] of Object.entries({ one, two })) {
        const close = opened.close.bind(opened)
        opened.close = async () => {
          events.push(`closes ${name}`)
          await close()
        }
      }
      return {
        write: (text) => one.run('INSERT INTO notes VALUES (?)', text),
        read: () => two.all('SELECT * FROM notes'),
      }
    },
    async close(deps) {
      await deps.write('written as it closed')
      events.push(`closed, ${deps.read().length} read`)
    },
  })
  const start = () => harness(server, compileValidators(server), { directories: { state: folder.path } })
  await (await start()).close()
  assert.deepEqual(events, ['closed, 0 read', 'closes two', 'closes one'])
  await using _ = await opened(async ({ database }) => {
    const kept = await database('one', STEPS)
    assert.equal(kept.get<{ text: string }>('SELECT text FROM notes')?.text, 'written as it closed')
  })({ directories: { state: folder.path } })
})

test('where the second of two things can not be opened, the first is closed, and the second is named', async () => {
  using folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'two.db'), 'x')
  mkdirSync(join(folder.path, 'three.db'))
  const start = (name: string) =>
    opened(async ({ database }) => {
      await database('one', STEPS)
      await database(name, STEPS)
    })({ directories: { state: folder.path } })
  await assert.rejects(start('three'), /It can't start without its database "three": .*three\.db is a folder/)
  // It would be in use.
  const running = await start('two')
  await running.close()
  const [line] = running.logged
  assert.deepEqual(
    [line?.level, line?.text],
    ['error', 'a database was damaged: it was put aside, and begun anew'],
  )
  assert.ok(readdirSync(folder.path).some((name) => name.startsWith('two.db.damaged-')))
})

test('a database of a later version ends the start with the status of a disk that can not be read', async () => {
  using folder = temporaryDirectory()
  const start = (steps: readonly string[]) =>
    opened(async ({ database }) => database('one', steps))({ directories: { state: folder.path } })
  await (await start([...STEPS, 'CREATE TABLE more (n INTEGER) STRICT'])).close()
  await assert.rejects(start(STEPS), { status: 74, message: /its database "one": .*update it/ })
})

test('a server whose unit names no folder of state gets an error with the line that is missing', async () => {
  const start = (name: string) =>
    opened(async ({ database }) => database(name, STEPS))({ databaseFolder: () => undefined })
  await assert.rejects(start('one'), { status: 78, message: /database "one".*StateDirectory=/ })
  await assert.rejects(start('../one'), /can't be the name of a database/)
})

test('without a folder of state, the harness has databases in one that goes with it', async () => {
  let path = ''
  const running = await opened(async ({ database }) => {
    const one = await database('one', STEPS)
    const [{ file } = { file: '' }] = one.all<{ file: string }>('PRAGMA database_list')
    path = file
  })()
  assert.ok(existsSync(path))
  await running.close()
  assert.ok(!existsSync(path))
})
