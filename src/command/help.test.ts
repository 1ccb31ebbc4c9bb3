import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../luca/commands/index.ts'
import { session } from '../luca/fixtures/session.ts'
import { EXIT } from './exit-codes.ts'
import { type Argument, argumentsIn } from './usage.ts'

test('help names every command and every exit code', async () => {
  const { code, stdout } = await session(['help'])
  assert.equal(code, 0)
  for (const { name, summary } of COMMANDS) assert.match(stdout, new RegExp(`${name} +${summary}`))
  for (const { code: exit } of Object.values(EXIT)) assert.match(stdout, new RegExp(`^ +${exit} `, 'm'))
  assert.equal((await session([])).stdout, stdout)
  assert.equal((await session(['--help'])).stdout, stdout)
})

test('explains each command and each verb, by help and by --help', async () => {
  for (const { name, summary, verbs = {} } of COMMANDS) {
    const { stdout } = await session(['help', name])
    assert.ok(stdout.includes(summary))
    assert.equal((await session([name, '--help'])).stdout, stdout)
    assert.equal(JSON.parse((await session(['help', name, '--json'])).stdout).name, name)
    for (const [verb, { summary }] of Object.entries(verbs)) {
      const { stdout } = await session(['help', name, verb])
      assert.match(stdout, new RegExp(`^luca ${name} ${verb}\\b.*\\n\\n${summary}$`, 'm'))
      for (const words of [
        [name, verb, '--help'],
        ['--help', name, verb],
      ])
        assert.equal((await session(words)).stdout, stdout)
    }
  }
  const { code, stderr } = await session(['help', 'token', 'creat'])
  assert.deepEqual([code, /there is no "creat" \(did you mean create\?\)/.test(stderr)], [2, true])
  assert.match((await session(['help', 'ls', 'x'])).stderr, /"luca ls" is one thing alone/)
})

test('help of a verb names its own options alone', async () => {
  const { stdout } = await session(['help', 'token', 'create'])
  assert.match(stdout, /^luca token create NAME \[--expires DURATION\]/)
  assert.match(stdout, /^ {2}--expires DURATION +how long/m)
  assert.ok(!(await session(['help', 'token', 'list'])).stdout.includes('--expires'))
})

test('help says which commands and verbs need the appliance, and those alone ask its root helper', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'luca-appliance-'))
  const file = join(folder, 'file')
  writeFileSync(file, 'ssh-ed25519 AAAA me')
  const env = { LLMBDO_STATE: folder, LLMBDO_ADMIN_SOCKET: join(folder, 'none') }
  const known = { FILE: file, 'KEY|FILE': file, SIZE: '1G', 'SIZE|none': 'none' }
  const wordFor = ({ name, choices }: Argument) => known[name as 'FILE'] ?? choices[0] ?? 'x'
  try {
    for (const command of COMMANDS) {
      const { name, verbs, alone, appliance: all } = command
      // These go on until they are stopped, ask a person first, or ask it where there is one alone.
      if (['up', 'plain', 'screen', 'stdio', 'secret', 'server', 'begin'].includes(name)) continue
      const ways: [words: string[], appliance: boolean][] = verbs
        ? Object.entries(verbs).map(([verb, { usage, appliance }]) => [
            [verb, ...argumentsIn(usage).map(wordFor)],
            all ?? appliance ?? false,
          ])
        : [[argumentsIn(command.usage).slice(0, command.positionals[0]).map(wordFor), all ?? false]]
      if (alone !== undefined) ways.push([[], all ?? false])
      for (const [words, appliance] of ways) {
        const yes = command.consent ? ['--yes'] : []
        const socket = command.gateway ? ['--socket', '/nowhere.sock'] : []
        const { stderr } = await session([name, ...words, ...yes, ...socket], { env, stdin: 'x' })
        const what = `luca ${name} ${words.join(' ')}: ${stderr}`
        assert.equal(/root helper does not answer/.test(stderr), appliance, what)
        const { stdout } = await session(['help', name, ...(verbs ? words.slice(0, 1) : [])])
        assert.equal(/It works only on the appliance/.test(stdout), appliance, what)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
