import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { namesBelow, parsePath } from './paths.ts'
import { PathProblem } from './problems.ts'

const ROOT = '/home/alice'
const names = (path: string) => parsePath(path, [ROOT]).names
const refused = (reason: string) => (error: unknown) =>
  error instanceof PathProblem && error.reason === reason

test('absolute, relative and ~ paths begin at the root', () => {
  for (const path of ['/a/b', 'a/b', '~/a/b', './a//b/', '/x/../a/./b'])
    assert.deepEqual(names(path), ['a', 'b'], path)
  for (const path of ['/', '.', '~', '~/', './', 'a/..']) assert.deepEqual(names(path), [], path)
})

test('a path that begins with the real root means the same file', () => {
  assert.deepEqual(names('/home/alice/a'), ['a'])
  assert.deepEqual(names('/home/alice'), [])
  assert.deepEqual(names('/home/bob/../alice/a'), ['a'])
})

test('a name that only begins like the real root is not the root', () => {
  assert.deepEqual(names('/home/alice2/a'), ['home', 'alice2', 'a'])
})

test('a name that begins with ~ is a name', () => {
  assert.deepEqual(names('~bob'), ['~bob'])
})

test('a path that climbs above the root is outside', () => {
  for (const path of ['..', '/..', '../etc/passwd', 'a/../../b', '~/..'])
    assert.throws(() => names(path), refused('outside'))
})

test('an empty path, a NUL and half a character are refused', () => {
  assert.throws(() => names(''), refused('empty'))
  assert.throws(() => names('a\0b'), refused('malformed'))
  assert.throws(() => names('a\ud800'), refused('malformed'))
})

test('a path with endless names is refused', () => {
  assert.throws(() => names('a/'.repeat(5000)), refused('too-deep'))
})

test('paths are shown in the form that the client used', () => {
  assert.equal(parsePath('/a', [ROOT]).show(['a', 'b']), '/a/b')
  assert.equal(parsePath('/home/alice/a', [ROOT]).show(['a', 'b']), '/home/alice/a/b')
  assert.equal(parsePath('/home/alice', [ROOT]).show([]), '/home/alice')
  assert.equal(parsePath('/', [ROOT]).show([]), '/')
  assert.equal(parsePath('/a', ['/']).show(['a']), '/a')
})

test('a root that is / itself has one form of path', () => {
  assert.deepEqual(parsePath('/etc/x', ['/']).names, ['etc', 'x'])
})

test('what lies below a folder is given name by name', () => {
  assert.deepEqual(namesBelow('/a/b', '/a/b/c'), ['c'])
  assert.equal(namesBelow('/a/b', '/a/bc'), undefined)
  assert.equal(namesBelow('/a/b', '/a'), undefined)
})

test('no path whatsoever leaves a step upwards in its names', () => {
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', '~', 'home', 'alice', '…', '․․', '%2e%2e', '..\\'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, absolute) => {
      try {
        for (const name of names((absolute ? '/' : '') + parts.join('/')))
          assert.ok(
            name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0'),
          )
      } catch (error) {
        if (!(error instanceof PathProblem)) throw error
      }
    }),
    { numRuns: 500 },
  )
})
