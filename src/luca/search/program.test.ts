import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { pagerAt, programIn, wordsAt } from './program.ts'

test('editors and pagers get the line as each takes it, and unknown ones the file alone', () => {
  for (const [program, words] of [
    [['nano'], ['nano', '+7', '/a b']],
    [
      ['/usr/bin/vim', '-R'],
      ['/usr/bin/vim', '-R', '+7', '/a b'],
    ],
    [['less'], ['less', '+7', '/a b']],
    [
      ['code', '--wait'],
      ['code', '--wait', '--goto', '/a b:7'],
    ],
    [['hx'], ['hx', '/a b:7']],
    [['my-viewer'], ['my-viewer', '/a b']],
  ] as const)
    assert.deepEqual(wordsAt(program, '/a b', 7), words)
  assert.deepEqual(wordsAt(['vim'], '/a b', 0), ['vim', '/a b'])
})

test('the program is that of the environment, in words and not in a shell, or one that is there', () => {
  using directory = temporaryDirectory()
  const folder = directory.path
  for (const name of ['ed1', 'less']) {
    writeFileSync(join(folder, name), '')
    chmodSync(join(folder, name), 0o755)
  }
  const PATH = `/nowhere:${folder}`
  assert.deepEqual(programIn({ PATH, VISUAL: ' ', EDITOR: 'ed1 --wait;x' }), ['ed1', '--wait;x'])
  assert.deepEqual(programIn({ PATH, PAGER: '/x/pager' }), ['/x/pager'])
  assert.deepEqual(programIn({ PATH }), ['less'])
  assert.equal(programIn({ PATH: '/nowhere' }), undefined)
  assert.equal(programIn({ PATH, EDITOR: 'none' }), undefined)
})

test('a pager is that of the environment or less, which begins at the line', () => {
  using directory = temporaryDirectory()
  const PATH = directory.path
  for (const name of ['less', 'pg']) {
    writeFileSync(join(PATH, name), '')
    chmodSync(join(PATH, name), 0o755)
  }
  assert.deepEqual(pagerAt({ PATH }, 7), ['less', '+7'])
  assert.deepEqual(pagerAt({ PATH, PAGER: 'less -i' }, 7), ['less', '-i', '+7'])
  assert.deepEqual(pagerAt({ PATH, PAGER: 'pg -n' }, 7), ['pg', '-n'])
  assert.equal(pagerAt({ PATH: '/nowhere' }, 7), undefined)
  assert.equal(pagerAt({ PATH, PAGER: 'none' }, 7), undefined)
})
