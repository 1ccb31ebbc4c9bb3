/** The settings of a server: read once, when it starts, from its own file in the folder of configuration. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { harness } from '../src/framework/harness.ts'
import { ConfigError } from '../src/host/config/error.ts'
import { temporaryDirectory } from '../src/host/testing/temporary-directory.ts'
import { defineServer } from '../src/protocol/define.ts'
import { validators } from './fixture-server/generated/validators.ts'
import { server } from './fixture-server/server.ts'
import { Settings } from './fixture-server/settings.ts'
import { type Appliance, FIXTURE_SERVER, startAppliance, until } from './support/appliance.ts'

const DEFAULTS = { greeting: 'hello', everySeconds: 60, accounts: [] }

/** What the server in memory says that is set, with this file. */
async function settings(text: string | undefined, env: Record<string, string> = {}): Promise<unknown> {
  using folder = temporaryDirectory()
  if (text !== undefined) writeFileSync(join(folder.path, 'fixture.yaml'), text)
  await using running = await harness(server, validators, {
    directories: { configuration: folder.path },
    env,
  })
  const result = await running.connection.request('tools/call', { name: 'show_settings', arguments: {} })
  return result.structuredContent
}

test('without a file the defaults hold', async () => {
  assert.deepEqual(await settings(undefined), DEFAULTS)
})

test('what its file and its variables say holds, items of lists with their defaults', async () => {
  assert.deepEqual(
    await settings('accounts:\n  - host: mail.example\n  - {host: b, port: 143}', { FIXTURE_GREETING: 'hi' }),
    {
      greeting: 'hi',
      everySeconds: 60,
      accounts: [
        { host: 'mail.example', port: 993 },
        { host: 'b', port: 143 },
      ],
    },
  )
})

test('all mistakes of its file are reported, each with its line', async () => {
  await assert.rejects(settings('everySecond: 5\naccounts:\n  - port: imap\n'), ({ cause }) => {
    assert.ok(cause instanceof ConfigError)
    const lines = cause.message.split('\n').map((line) => line.replace(/^.*\/fixture\.yaml:/, ''))
    assert.deepEqual(lines, [
      '1: everySecond: is no setting. Did you mean "everySeconds"?',
      '3: accounts[0].host: has no default and must be set: text.',
      '3: accounts[0].port: is text and must be a whole number from 1 to 65535.',
    ])
    return true
  })
})

test('a server can ask for no settings but those of its definition', async () => {
  const { settings: _, ...others } = server
  await assert.rejects(
    harness(defineServer({ ...others, open: (host) => host.config(Settings) }), validators),
    /is not the one that its definition has as "settings"/,
  )
})

let appliance: Appliance
before(async () => {
  // A call of a server that does not start fails after five seconds.
  appliance = await startAppliance({ ...FIXTURE_SERVER, config: 'servers: {startSeconds: 5}\n' })
})
after(() => appliance.stop())

test('as a service it does not start with a mistake, says so in the log, and starts once that is mended', async () => {
  const file = join(appliance.state, 'etc/fixture.yaml')
  mkdirSync(join(appliance.state, 'etc'), { recursive: true })
  writeFileSync(file, 'greeting: 7\n')
  const call = () => appliance.luca(['call', 'fixture_show_settings', '{}', '--json'])
  assert.notEqual((await call()).code, 0)
  await until('the mistake is in the log', () =>
    appliance.log().includes('fixture.yaml:1: greeting: is a number and must be text; put it in quotes.'),
  )
  assert.doesNotMatch(appliance.log(), /ConfigError:|\n\s+at .*config/)
  writeFileSync(file, 'greeting: good day\n')
  await until('it answers', async () => (await call()).stdout.includes('good day'))
})
