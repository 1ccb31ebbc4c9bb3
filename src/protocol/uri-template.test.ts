import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchTemplate } from './uri-template.ts'

/** The same by a regular expression, whose time has no bound. */
function byPattern(template: string, uri: string): string[] | undefined {
  const pattern = template
    .split(/(\{\+?\w+\})/)
    .map((part) =>
      /^\{\+?\w+\}$/.test(part)
        ? part[1] === '+'
          ? '(.+)'
          : '([^/\n]+)'
        : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
  return new RegExp(`^${pattern.join('')}$`).exec(uri)?.slice(1)
}

test('a template matches what its pattern does, and each variable takes as much as it can', () => {
  const parts = fc.array(fc.constantFrom('a', 'b', '/', 'ab', '.', '{v}', '{+w}'), { maxLength: 6 })
  // Each variable by a name of its own.
  const template = parts.map((all) =>
    all.map((part, i) => part.replace(/[vw]/, (name) => `${name}${i}`)).join(''),
  )
  fc.assert(
    fc.property(
      template,
      fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 10 }),
      (given, uri) => {
        const found = matchTemplate(given, uri)
        assert.deepEqual(found && Object.values(found), byPattern(given, uri), `${given} and ${uri}`)
      },
    ),
    { numRuns: 5000 },
  )
})

test('variables are decoded, and what can not be decoded matches nothing', () => {
  assert.deepEqual(matchTemplate('x://{name}', 'x://a%20b'), { name: 'a b' })
  assert.equal(matchTemplate('x://{name}', 'x://%zz'), undefined)
})

test('a template of many variables is answered, however long the address', () => {
  assert.equal(matchTemplate(`x:${'{+v}'.repeat(8)}!`, `x:${'a/'.repeat(20_000)}`), undefined)
})
