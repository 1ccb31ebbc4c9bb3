import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FolderEntry } from '../../model/answers.ts'
import { plainText } from '../../text/lines.ts'
import { PLAIN_RENDERER } from '../../text/renderer.ts'
import { AREA, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import { type FilesMessage, type FilesState, INITIAL, selectedRow } from './state.ts'

const MANY = 20_000

/** A folder's entries, which count how often any of them is looked at. */
function counted(folder: string, count: number): { entries: FolderEntry[]; looks(): number } {
  let looks = 0
  const entries = Array.from({ length: count }, (_, i) => {
    const name = `f${String(i).padStart(6, '0')}`
    return {
      name,
      isFolder: false,
      size: 1,
      get path() {
        looks++
        return `${folder}${name}`
      },
    }
  })
  return {
    entries,
    looks() {
      const seen = looks
      looks = 0
      return seen
    },
  }
}
const tell = (state: FilesState, message: Parameters<typeof update>[1]) =>
  update(state, message, WORLD, AREA).state
const listed = (path: string, entries: FolderEntry[]): FilesMessage => ({
  type: 'listed',
  path,
  outcome: { ok: true, value: entries },
})

test('among 20 000 files a key looks at those in sight and no others', () => {
  const many = counted('/many/', MANY)
  const folder = { name: 'many', path: '/many', isFolder: true, size: -1 }
  const last = { name: 'z', path: '/z', isFolder: false, size: 1 }
  let state = tell(INITIAL, listed('/', [last, folder]))
  state = tell(state, { type: 'key', key: 'enter' })
  state = tell(state, listed('/many', many.entries))
  draw(state, AREA, PLAIN_RENDERER)
  many.looks()
  for (const [key, path] of [
    ['end', '/z'],
    ['up', '/many/f019999'],
    ['pageup', '/many/f019979'],
    ['down', '/many/f019980'],
    ['home', '/'],
    ['pagedown', '/many/f000018'],
    ['left', '/many'],
  ] as const) {
    state = tell(state, { type: 'key', key })
    const { lines } = draw(state, AREA, PLAIN_RENDERER)
    assert.equal(selectedRow(state).path, path)
    assert.ok(lines.some(({ spans }) => spans.some(({ ground }) => ground === 'selection')))
    assert.equal(lines.map(plainText).filter((line) => line !== '').length, AREA.rows)
    assert.ok(many.looks() < 10 * AREA.rows, `${key} looks at too many`)
  }
})
