import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PackageCommandError, packageOf } from './package-runner.ts'

const of = (line: string) => {
  const [command = '', ...args] = line.split(' ')
  return packageOf(command, args)
}

test('what runs a package of npm, and what of it', () => {
  for (const line of [
    'npx -y @a/files /home',
    'npx --yes @a/files /home',
    'npm exec -- @a/files /home',
    'bunx @a/files /home',
    'pnpm dlx @a/files /home',
  ])
    assert.deepEqual(of(line), { manager: 'npm', packages: ['@a/files'], args: ['/home'] }, line)
  assert.deepEqual(of('npx -y -p one --package=two@3 run --fast -y'), {
    manager: 'npm',
    packages: ['one', 'two@3'],
    bin: 'run',
    args: ['--fast', '-y'],
  })
})

test('what runs a package for Python', () => {
  for (const line of ['uvx mail-mcp@1.2 --x', 'uv tool run mail-mcp@1.2 --x', 'pipx run mail-mcp==1.2 --x'])
    assert.deepEqual(of(line), { manager: 'pip', packages: ['mail-mcp==1.2'], args: ['--x'] }, line)
  assert.deepEqual(of('uvx mail-mcp@latest')?.packages, ['mail-mcp'])
  assert.deepEqual(of('uvx --from mail[imap] --with extra serve'), {
    manager: 'pip',
    packages: ['mail[imap]', 'extra'],
    bin: 'serve',
    args: [],
  })
})

test('other commands are run as they are', () => {
  for (const line of [
    'node server.js',
    'python3 -m mail',
    '/usr/bin/npx x',
    'uv run server.py',
    'npm start',
    'constructor x',
  ])
    assert.equal(of(line), undefined, line)
})

test('what can’t be understood is refused, by what of it', () => {
  for (const [line, why] of [
    ['npx', /npx names no package/],
    ['npx -y', /names no package/],
    ['npx -c x', /npx with -c is not understood/],
    ['uv tool run --python 3.9 x', /uv tool run with --python/],
    ['npx -p', /names no package/],
    ['npx -p --evil x', /names no package/],
  ] as const)
    assert.throws(
      () => of(line),
      (error) => error instanceof PackageCommandError && why.test(error.message),
      line,
    )
})

test('no package begins like an option, whatever is given', () => {
  const word = fc.oneof(
    fc.constantFrom('-y', '-p', '--package', '--from', '--with', '--', 'exec', 'tool', 'run', ''),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.constantFrom('npx', 'npm', 'uvx', 'uv', 'pipx'), fc.array(word), (command, args) => {
      try {
        for (const each of packageOf(command, args)?.packages ?? []) assert.match(each, /^[^-]/)
      } catch (error) {
        assert.ok(error instanceof PackageCommandError)
      }
    }),
  )
})
