import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchTemplate } from '../protocol/uri-template.ts'
import { ResourceClaims } from './resource-claims.ts'

const offering = (...addresses: string[]) => ({
  resources: addresses.filter((a) => !a.includes('{')).map((uri) => ({ uri })),
  resourceTemplates: addresses.filter((a) => a.includes('{')).map((uriTemplate) => ({ uriTemplate })),
})
const claims = () => new ResourceClaims().add('notes', offering('notes://all', 'notes://by/{id}'))

test('an address that another server lists, or that its template begins like, is refused by its name', () => {
  for (const address of [
    'notes://all',
    'NOTES://all',
    'notes://by/7',
    'notes://by/{other}',
    'notes://{+any}',
    'notes://by/a/{b}',
  ])
    assert.match(claims().problem('evil', address) ?? '', /the server "notes" answers for/, address)
  for (const address of ['notes://al', 'notes://all/of-it', 'notes://bytes/{id}', 'evil://{+any}'])
    assert.equal(claims().problem('evil', address), undefined, address)
})

test('a server may claim anew what is its own', () => {
  for (const address of ['notes://all', 'notes://by/{id}', 'notes://{+any}'])
    assert.equal(claims().problem('notes', address), undefined, address)
})

test('a template without a beginning of its own is refused, whoever else there is', () => {
  for (const address of [
    '{+any}',
    '{scheme}://x',
    'no-scheme',
    '/etc/{file}',
    `x:${'y'.repeat(3000)}`,
    `x:${'{a}'.repeat(9)}`,
  ])
    assert.match(new ResourceClaims().problem('evil', address) ?? '', /^its address/, address)
})

test('no two servers answer for one address, whatever they list', () => {
  const part = fc.constantFrom('a', 'b', '/', '{x}', '{+y}', 'A')
  const address = fc.array(part, { maxLength: 5 }).map((parts) => `x:${parts.join('')}`)
  fc.assert(
    fc.property(
      fc.array(address, { maxLength: 4 }),
      fc.array(address, { maxLength: 4 }),
      address,
      (ours, theirs, uri) => {
        const all = new ResourceClaims().add('one', offering(...ours))
        const kept = theirs.filter((each) => all.problem('two', each) === undefined)
        const asked = uri.replace(/[{}+]/g, '')
        const answers = (list: string[]) => list.some((each) => each === asked || matchTemplate(each, asked))
        assert.ok(!(answers(ours) && answers(kept)), `${asked}: ${ours} and ${kept}`)
      },
    ),
    { numRuns: 2000 },
  )
})
