import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sourceOf } from './source-of.ts'

test('an IPv4 address is a source by itself, also where it comes as one of IPv6', () => {
  assert.equal(sourceOf('10.0.2.15'), '10.0.2.15')
  assert.equal(sourceOf('::ffff:10.0.2.15'), '10.0.2.15')
  assert.notEqual(sourceOf('10.0.2.15'), sourceOf('10.0.2.16'))
})

test('addresses of IPv6 are one source where their first 64 bits are the same, however they are written', () => {
  const group = fc.integer({ min: 0, max: 0xffff })
  const groups = fc.tuple(group, group, group, group, group, group, group, group)
  /** The longest form, and the one with the first zeros left out. */
  const written = (all: readonly number[]) => {
    const long = all.map((n) => n.toString(16)).join(':')
    return [long, long.replace(/(^|:)0(:0)+(:|$)/, '::'), long.toUpperCase()]
  }
  fc.assert(
    fc.property(groups, groups, fc.boolean(), (one, other, same) => {
      const second = same ? [...one.slice(0, 4), ...other.slice(4)] : other
      const isSame = one.slice(0, 4).join() === second.slice(0, 4).join()
      for (const a of written(one))
        for (const b of written(second)) assert.equal(sourceOf(a) === sourceOf(b), isSame, `${a} ${b}`)
    }),
  )
  assert.equal(sourceOf('fe80::1%eth0'), sourceOf('fe80::2'))
  assert.equal(sourceOf('::1'), '0:0:0:0')
})
