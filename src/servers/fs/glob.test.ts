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
  assert.throws(() => globMatcher('{a,b}'.repeat(30)), /more than 256 alternatives/)
  assert.throws(() => globMatcher('*'.repeat(2000)), /more than 1000 characters/)
  assert.equal(globMatcher('{'.repeat(900))('x'), false)
  assert.equal(globMatcher(`{${','.repeat(200)}`)('x'), false)
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
