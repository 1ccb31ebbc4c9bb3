import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entriesIn } from '../../model/answers.ts'
import { plainText } from '../../text/lines.ts'
import { PLAIN_RENDERER } from '../../text/renderer.ts'
import { AREA, WORLD } from '../testing/setting.ts'
import { draw } from './draw.ts'
import { update } from './model.ts'
import { type FilesMessage, type FilesState, INITIAL, selectedRow } from './state.ts'

const file = (name: string) => ({ name, path: `/${name}`, isFolder: false, size: 1 })

/** Does what the message leads to, where every tool succeeds and no folder is listed anew. */
function play(state: FilesState, message: Parameters<typeof update>[1]): FilesState {
  const { state: next, effects } = update(state, message, WORLD, AREA)
  const answers = effects.flatMap((effect): FilesMessage[] =>
    effect.type === 'tool'
      ? [effect.reply({ ok: true, value: { resultType: 'complete', content: [] } })]
      : [],
  )
  return answers.reduce<FilesState>(play, next)
}
const press = (state: FilesState, key: string) => play(state, { type: 'key', key })

test('what was brought back is chosen, before its folder was listed anew', () => {
  const start = { ...INITIAL, folders: { '/': ['a', 'b', 'c'].map(file) }, selected: '/b' }
  const gone = press(start, 'd')
  assert.equal(selectedRow(gone).path, '/c')
  const without = play(gone, {
    type: 'listed',
    path: '/',
    outcome: { ok: true, value: ['a', 'c'].map(file) },
  })
  const back = press(without, 'u')
  assert.equal(selectedRow(back).path, '/b')
  assert.equal(selectedRow(press(back, 'down')).path, '/c')
  assert.deepEqual(back.trashed, [])
  assert.equal(press(back, 'd').trashed[0]?.from, '/b')
})

test('names are in the order of people: by their numbers, whatever their case', () => {
  const names = ['document-10.md', 'document-2.md', 'Bach.flac', 'alt.txt', 'document-1.md', 'ähnlich.txt']
  const listed = play(INITIAL, {
    type: 'listed',
    path: '/',
    outcome: { ok: true, value: [...names.map(file), { ...file('zoo'), isFolder: true }] },
  })
  const shown = draw(listed, AREA, PLAIN_RENDERER).lines.map(plainText).join('\n')
  const order = ['zoo', 'ähnlich', 'alt', 'Bach', 'document-1.', 'document-2.', 'document-10.']
  const places = order.map((name) => shown.indexOf(name))
  assert.ok(!places.includes(-1))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('links, broken links and pipes do not look like files', () => {
  const entries = entriesIn([
    { name: 'away', path: '/away', type: 'symlink', size: 3, leads_to: 'nothing' },
    { name: 'inside', path: '/inside', type: 'symlink', size: 3, leads_to: 'directory' },
    { name: 'pipe', path: '/pipe', type: 'other', size: 0 },
  ])
  assert.ok(entries)
  const listed = play(INITIAL, { type: 'listed', path: '/', outcome: { ok: true, value: entries } })
  const shown = draw(listed, { columns: 60, rows: 10 }, PLAIN_RENDERER).lines.map(plainText)
  for (const row of [/▸ inside +link$/, /away +broken link$/, /pipe +special$/])
    assert.ok(
      shown.some((line) => row.test(line)),
      `${row} in ${shown.join('\n')}`,
    )
  const asked = update({ ...listed, selected: '/pipe' }, { type: 'preview' }, WORLD, AREA)
  assert.deepEqual(asked.effects, [])
  assert.match(asked.state.preview?.note ?? '', /a pipe, a socket or a device/)
})
