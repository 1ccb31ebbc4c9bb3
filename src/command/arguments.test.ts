/** The command line: what it accepts, and the errors for the rest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { session } from '../luca/fixtures/session.ts'

test('options may stand before the command', async () => {
  const { stdout } = await session(['--json', 'version'])
  assert.equal(JSON.parse(stdout).name, 'luca')
  assert.equal(JSON.parse((await session(['--json', '--version'])).stdout).name, 'luca')
  const { stderr } = await session(['--socket', '/before.sock', 'ls'])
  assert.match(stderr, /at \/before\.sock;/)
  for (const words of [
    ['--ca', 'certificate', 'show'],
    ['--ca', 'list', 'connect', '--help'],
  ])
    assert.doesNotMatch((await session(words, { env: { LLMBDO_ADMIN_SOCKET: '/none' } })).stderr, /usage/)
  assert.match((await session(['--sokcet=/x', 'ls'])).stderr, /no option --sokcet \(did you mean --socket/)
})

test('an error in a command line is named, with how the command is used', async () => {
  for (const [line, told] of [
    ['token create', /NAME is missing; usage: luca token create NAME \[--expires/],
    ['token', /say what to do: create, list, change, revoke; usage: luca token create NAME \| list/],
    ['token creat x', /there is no "creat" \(did you mean create\?\)/],
    ['token list x', /"x" is too much; usage: luca token list$/],
    ['token list --expires 1d', /--expires belongs to create/],
    ['secret set mail', /NAME is missing; usage: luca secret set SERVER NAME/],
    ['server add x', /COMMAND is missing/],
    ['cat', /PATH is missing; usage: luca cat PATH/],
    ['disk prepare', /DEVICE is missing; usage: luca disk prepare DEVICE \[--encrypt\]/],
  ] as const) {
    const { code, stderr } = await session(line.split(' '))
    assert.deepEqual([code, stderr.startsWith('luca: ')], [2, true], line)
    assert.match(stderr.trimEnd(), told)
  }
})

test('an option is no value of another, unless it is said to be one', async () => {
  for (const [line, told] of [
    ['ls --socket --yes', /--socket needs a value: --socket PATH \(--socket=--yes, if that is meant\)/],
    ['ls --socket', /--socket needs a value: --socket PATH; usage/],
    ['log -n --follow', /-n needs a value: -n N/],
    ['--socket --json ls', /"code": "usage"/],
  ] as const) {
    const { code, stdout, stderr } = await session(line.split(' '))
    assert.deepEqual([code, told.test(stdout + stderr)], [2, true], `${line}: ${stdout}${stderr}`)
  }
  const meant = await session(['ls', '--socket=--yes'])
  assert.match(meant.stderr, /No gateway answers at --yes;/)
})

test('what goes wrong is one JSON document with --json, with its code', async () => {
  for (const [line, code, exitCode] of [
    ['tools --socket /nowhere.sock --json', 'unreachable', 3],
    ['tolls --json', 'usage', 2],
    ['token create --json', 'usage', 2],
    ['--json ls --nonsense', 'usage', 2],
    ['cat a b c --json', 'usage', 2],
    ['hostname --json', 'unreachable', 3],
  ] as const) {
    const said = await session(line.split(' '), {
      env: { LLMBDO_ADMIN_SOCKET: '/none' },
    })
    assert.deepEqual([said.code, said.stderr], [exitCode, ''], line)
    const { error } = JSON.parse(said.stdout)
    assert.deepEqual([error.code, error.exitCode, typeof error.message], [code, exitCode, 'string'], line)
  }
  const own = await session(['server', 'add', 'a b', '--', 'npx', '--json'])
  assert.equal(own.stdout, '')
})

test('a mistyped command or option is refused with the nearest one', async () => {
  const command = await session(['tolls'])
  assert.deepEqual([command.code, /did you mean "tools"\?/.test(command.stderr)], [2, true])
  const option = await session(['tools', '--sever', 'fs'])
  assert.deepEqual(
    [option.code, /no option --sever \(did you mean --server\?\)/.test(option.stderr)],
    [2, true],
  )
  assert.equal((await session(['frobnicate'])).stderr.includes('luca help'), true)
})

test('words that are missing or too many, and options used wrongly, are refused with the usage', async () => {
  for (const words of [
    ['cat'],
    ['cat', 'a', 'b'],
    ['tools', '--server'],
    ['tools', '--json=yes'],
    ['ls', '--socket', 'a', '--socket', 'b'],
    ['token', 'burn', 'x'],
    ['token', 'create'],
    ['token', 'list', '--expires', '1d'],
    ['up', '--port', '70000'],
  ]) {
    const { code, stderr, stdout } = await session(words)
    assert.equal(code, 2, words.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, /^luca: .*(usage: luca|--port takes)/)
  }
})
