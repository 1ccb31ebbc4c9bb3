/** The picture of the interface in README.md. Needs `make build`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PICTURE, screenshot } from '../scripts/screenshot.ts'
import { ROOT } from './support/appliance.ts'

test(`${PICTURE} is what the interface shows ("make picture" draws it)`, async () => {
  assert.equal(readFileSync(join(ROOT, PICTURE), 'utf8'), await screenshot())
})
