/** Keyboards of Debian and of Arch, which lack letters of their languages. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** Runs it on a folder with such keyboards; gives what these are afterwards. */
function mend(t: TestContext, names: readonly string[]) {
  const keymaps = mkdtempSync(join(tmpdir(), 'keymaps-'))
  t.after(() => rmSync(keymaps, { recursive: true }))
  mkdirSync(join(keymaps, 'i386'))
  for (const name of names) {
    const path = join(keymaps, 'i386', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name)
  }
  const script = join(import.meta.dirname, 'letters.sh')
  const { status, stderr } = spawnSync(script, [keymaps], { encoding: 'utf8' })
  const content = (name: string) => readFileSync(join(keymaps, 'i386', name), 'utf8')
  return { status, stderr, keyboards: Object.fromEntries(names.map((name) => [name, content(name)])) }
}

for (const [base, ending] of [
  ['Debian', 'kmap'],
  ['Arch', 'map'],
])
  test(`"de" gives umlauts on the base of ${base}, and no other keyboard changes`, (t) => {
    const of = (name: string) => `${name}.${ending}.gz`
    const names = [
      'qwertz/de',
      'qwertz/de-latin1',
      'azerty/fr',
      'azerty/fr-latin1',
      'qwerty/us',
      'qwerty/us-latin1',
    ]
    assert.deepEqual(mend(t, [...names, 'qwerty/fi'].map(of)).keyboards, {
      [of('qwertz/de')]: of('qwertz/de-latin1'),
      [of('qwertz/de-latin1')]: of('qwertz/de-latin1'),
      [of('azerty/fr')]: of('azerty/fr-latin1'),
      [of('azerty/fr-latin1')]: of('azerty/fr-latin1'),
      [of('qwerty/us')]: of('qwerty/us'),
      [of('qwerty/us-latin1')]: of('qwerty/us-latin1'),
      [of('qwerty/fi')]: of('qwerty/fi'),
    })
  })

test('a base that calls them otherwise is reported, and no image is made without the letters', (t) => {
  const { status, stderr } = mend(t, ['qwerty/us.map.gz'])
  assert.equal(status, 1)
  assert.match(stderr, /none of the keyboards that lack letters/)
})
