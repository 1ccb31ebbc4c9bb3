import assert from 'node:assert/strict'
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
  const { writeFileSync } = await import('node:fs')
  writeFileSync(`${folder.path}/given.yaml`, 'greeting: hi')
  await using _ = await opened(async ({ config }) => {
    const first = await config(Settings)
    writeFileSync(`${folder.path}/given.yaml`, 'greeting: [')
    assert.equal(await config(Settings), first)
    assert.deepEqual(first, { greeting: 'hi' })
  })({ directories: { configuration: folder.path } })
})

test('a mistake in the settings is told with its file and line, as what the server can not start without', async () => {
  using folder = temporaryDirectory()
  const { writeFileSync } = await import('node:fs')
  writeFileSync(`${folder.path}/given.yaml`, '# mine\ngreeting: 7')
  await assert.rejects(
    opened(({ config }) => config(Settings))({ directories: { configuration: folder.path } }),
    {
      message: `It can't start without its settings: ${folder.path}/given.yaml:2: greeting: is a number and must be text; put it in quotes.`,
      status: 78,
    },
  )
})

test('a server whose opening fails is not closed; one that is closed badly is told of in the log', async () => {
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
