import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exclusionMatcher, globMatcher } from './glob.ts'

function check(pattern: string, yes: string[], no: string[]): void {
  const matches = globMatcher(pattern)
  for (const path of yes) assert.ok(matches(path), `${pattern} should match ${path}`)
  for (const path of no) assert.ok(!matches(path), `${pattern} should not match ${path}`)
}

test('* and ? stay within a name', () => {
  check('*.ts', ['a.ts', '.ts', '.hidden.ts'], ['a/b.ts', 'a.tsx'])
  check('a?c', ['abc', 'a😀c'], ['ac', 'a/c'])
  check('*a*b*', ['ab', 'xaxbx'], ['ba'])
})

test('** stands for any number of folders, none included', () => {
  check('**/*.ts', ['a.ts', 'x/a.ts', 'x/y/a.ts', '.git/a.ts'], ['a.js'])
  check('src/**', ['src', 'src/a', 'src/a/b'], ['a/src'])
  check('a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a', 'b', 'a/bb'])
  check('**', ['a', 'a/b'], [])
})

test('sets, alternatives and escapes are understood', () => {
  check('[a-c]x', ['ax', 'cx'], ['dx', '-x'])
  check('[!a]x', ['bx'], ['ax'])
  check('[]]x', [']x'], ['ax'])
  check('*.{ts,js}', ['a.ts', 'a.js'], ['a.{ts,js}', 'a.css'])
  check('{a,b{c,d}}', ['a', 'bc', 'bd'], ['b', 'c'])
  check('a{,.bak}', ['a', 'a.bak'], ['ab'])
  check('\\*', ['*'], ['a'])
  check('\\{a,b}', ['{a,b}'], ['a'])
})

test('alternatives may be whole paths', () => {
  check('{src/**,lib}/x.ts', ['src/x.ts', 'src/a/b/x.ts', 'lib/x.ts'], ['x.ts', 'lib/a/x.ts'])
  check('{node_modules/**,dist/**}', ['node_modules', 'dist/a/b'], ['a/dist'])
  check('a/{**,b}/c', ['a/c', 'a/b/c', 'a/x/y/c'], ['a', 'c'])
  check('{a/,b/}**', ['a', 'a/x/y', 'b/x'], ['c', 'ab'])
  check('dist/', ['dist'], ['dist/a'])
})

test('what is not a pattern stands for itself', () => {
  check('[a', ['[a'], ['a'])
  check('{a}', ['{a}'], ['a'])
  check('a+(b)', ['a+(b)'], ['ab'])
  check('./a', ['a'], [])
})

test('a name without wildcards is excluded at any depth, a pattern only where it matches', () => {
  const excluded = exclusionMatcher(['node_modules', '*.log', '**/tmp'])
  for (const path of ['node_modules', 'a/node_modules', 'x.log', 'a/tmp']) assert.ok(excluded(path), path)
  for (const path of ['a/x.log', 'node_modules2']) assert.ok(!excluded(path), path)
})

test('patterns made to take for ever are matched or refused at once', () => {
  const path = `${'a/'.repeat(200)}${'a'.repeat(255)}`
  assert.equal(globMatcher(`${'*a'.repeat(400)}b`)(path), false)
  assert.equal(globMatcher(`${'**/a/'.repeat(150)}b`)(path), false)
  assert.equal(globMatcher('{a,b}'.repeat(30))('ab'.repeat(15)), true)
  assert.equal(globMatcher('{a,b}'.repeat(30))('ab'.repeat(14)), false)
  assert.throws(() => globMatcher('*'.repeat(2000)), /more than 1000 characters/)
  assert.equal(globMatcher('{'.repeat(900))('x'), false)
  assert.equal(globMatcher(`{${','.repeat(200)}`)('x'), false)
})

test('many patterns with many alternatives take no more than their length', () => {
  const hostile = (index: number) => `${index}${'{a,b}'.repeat(8)}*${'{a,b}'.repeat(8)}c`
  const excluded = exclusionMatcher(Array.from({ length: 100 }, (_, index) => hostile(index)))
  assert.equal(excluded(`7${'ab'.repeat(8)}c`), true)
  for (let index = 0; index < 200; index++) assert.equal(excluded(`7${'ab'.repeat(100)}${index}`), false)
  assert.throws(
    () => exclusionMatcher(Array.from({ length: 100 }, () => 'a'.repeat(101))),
    /10100 characters together; 10000 are the most/,
  )
})

test('a match does not depend on what was matched before', () => {
  const name = fc.stringMatching(/^[ab]{1,2}$/)
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
  const part = fc.constantFrom('a', 'b', '*', '**', '/', '?', '{a,b/}', '{**/a,*b}', '[!a]')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.array(path), (parts, paths) => {
      const matches = globMatcher(parts.join(''))
      for (const path of paths) assert.equal(matches(path), globMatcher(parts.join(''))(path))
    }),
  )
})

test('a pattern that is a path, escaped, matches that path alone', () => {
  const path = fc.array(
    fc.stringMatching(/^[^/]{1,8}$/).filter((name) => name !== '.'),
    { minLength: 1, maxLength: 4 },
  )
  fc.assert(
    fc.property(path, (names) => {
      const path = names.join('/')
      const pattern = path.replace(/[\\*?[\]{},]/g, '\\$&')
      assert.ok(globMatcher(pattern)(path), pattern)
      assert.ok(!globMatcher(pattern)(`${path}x`))
    }),
  )
})
