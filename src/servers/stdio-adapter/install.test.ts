import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { install } from './install.ts'

/** A folder to install to, and packages in folders beside it, which npm installs as they are. */
function place(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'install-'))
  t.after(() => rmSync(root, { recursive: true }))
  const folder = join(root, 'state')
  mkdirSync(folder)
  const make = (name: string, bin: unknown) => {
    const at = join(root, 'packages', name)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', bin }))
    writeFileSync(join(at, 'run.js'), '#!/usr/bin/env node\nconsole.log("ran", process.argv[2])\n')
    writeFileSync(join(at, 'other.js'), '#!/usr/bin/env node\n')
    chmodSync(join(at, 'run.js'), 0o755)
    return at
  }
  const npm = (packages: string[], bin?: string) =>
    install(
      { manager: 'npm', packages, args: ['--x'], env: {}, ...(bin === undefined ? {} : { bin }) },
      folder,
    )
  return { folder, make, npm }
}

test('the command of a package is found as npx finds it, and runs', async (t) => {
  const { folder, make, npm } = place(t)
  for (const [name, bin] of [
    ['plain', './run.js'],
    ['@scope/named', { named: './run.js', more: './other.js' }],
    ['single', { differently: './run.js' }],
    ['aliases', { one: './run.js', two: './run.js' }],
  ] as const) {
    const { command, args } = await npm([make(name, bin)])
    assert.deepEqual(args, ['--x'])
    assert.equal(execFileSync(command, args, { encoding: 'utf8' }), 'ran --x\n', name)
  }
  assert.equal(existsSync(join(folder, '.cache')), false)
})

test('one of several commands has to be named, and a package without one is refused', async (t) => {
  const { make, npm } = place(t)
  const several = make('several', { one: './run.js', two: './other.js' })
  await assert.rejects(npm([several]), /several commands; name one, as in: npx -p several one/)
  assert.match((await npm([several], 'two')).command, /\.bin\/two$/)
  await assert.rejects(npm([make('library', undefined)]), /no command/)
  await assert.rejects(npm([several], '../../x'), /no name of a command/)
})

test('what the manager says of a failure is shown', async (t) => {
  await assert.rejects(place(t).npm(['/there/is/no/such/folder']), /^Error: npm failed with \d+: .*ENOENT/s)
})
