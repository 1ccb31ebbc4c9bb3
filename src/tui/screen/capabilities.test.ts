import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GROUNDS, ROLES } from '../text/lines.ts'
import { capabilitiesOf, DRAWN, toAscii } from './capabilities.ts'
import { charactersOf, fontOf } from './console-font.ts'
import { themeOf } from './theme.ts'

const SOURCES = join(import.meta.dirname, '../..')

test('all that luca draws with has a stand-in for terminals that can show only ASCII', () => {
  const files = globSync('{luca,command,line,tui,up,bridge}/**/*.ts', { cwd: SOURCES }).filter(
    (name) => !name.endsWith('.test.ts'),
  )
  const drawn = files.flatMap((name) => readFileSync(join(SOURCES, name), 'utf8').match(/[^\0-\x7f]/gu) ?? [])
  assert.ok(drawn.length > 20)
  assert.deepEqual([...new Set(drawn.filter((one) => toAscii(one) === '?'))], [])
})

test('a terminal shows what its locale and its font have, and no more', () => {
  const shown = (env: NodeJS.ProcessEnv, font?: string) => {
    const { shows } = capabilitiesOf(env, font === undefined ? undefined : new Set(font))
    return ['done', '✓', 'ą', '漢'].filter(shows)
  }
  assert.deepEqual(shown({ TERM: 'xterm', LANG: 'pl_PL.UTF-8' }), ['done', '✓', 'ą', '漢'])
  assert.deepEqual(shown({ TERM: 'xterm', LANG: 'C' }), ['done'])
  assert.deepEqual(shown({ TERM: 'linux', LANG: 'C.UTF-8' }, '✓ą'), ['done', '✓', 'ą'])
  assert.deepEqual(shown({ TERM: 'linux', LANG: 'C.UTF-8' }, ''), ['done'])
})

test('in the place of what can not be shown stands what can be distinguished, or the letter without its accent', () => {
  assert.deepEqual(['✓', '✗', '●', '○', 'é', 'Ą', '漢'].map(toAscii), ['+', 'x', '*', 'o', 'e', 'A', '?'])
  assert.equal(new Set(['✓', '✗', '●', '○'].map((one) => DRAWN[one])).size, 4)
})

test('the characters of the console are those that its map of the font has', async () => {
  assert.deepEqual(
    [...charactersOf('0x007 U+2022 U+25cf\n0x0fb\tU+2713\n0x41 U+0041 # idem\n')],
    ['•', '●', '✓', 'A'],
  )
  assert.equal(await fontOf({ TERM: 'xterm-256color' }), undefined)
})

test('of eight colours, none that is lost on a black screen is used, and done, warned and failed differ', () => {
  for (const name of ['dark', 'light'] as const) {
    const { sgr } = themeOf(name, 8)
    for (let at = 0; at < ROLES.length * GROUNDS.length; at++)
      assert.doesNotMatch(sgr(at), /[[;]3[04][;m]/, `${ROLES[at % ROLES.length]}`)
    const outcomes = (['ok', 'warning', 'error'] as const).map((role) => sgr(ROLES.indexOf(role)))
    assert.equal(new Set(outcomes).size, 3)
  }
})

test('of 256 colours, each is the one that was chosen, and none of the first 16, which every terminal shows in its own way', () => {
  for (const name of ['dark', 'light'] as const) {
    const { sgr } = themeOf(name, 256)
    for (let at = 0; at < ROLES.length * GROUNDS.length; at++)
      for (const [, colour] of sgr(at).matchAll(/[34]8;5;(\d+)/g)) assert.ok(Number(colour) >= 16, sgr(at))
  }
  assert.match(themeOf('dark', 256).sgr(ROLES.indexOf('ok')), /;38;5;114m$/)
  assert.match(themeOf('light', 256).sgr(ROLES.indexOf('ok')), /;38;5;22m$/)
})
