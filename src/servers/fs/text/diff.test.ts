import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './diff.ts'

test('a diff shows what changed with three lines around it', () => {
  const before = Array.from({ length: 12 }, (_, i) => `line ${i + 1}\n`).join('')
  assert.equal(
    unifiedDiff('/a.txt', before, before.replace('line 6', 'LINE 6')),
    `--- /a.txt\toriginal
+++ /a.txt\tmodified
@@ -3,7 +3,7 @@
 line 3
 line 4
 line 5
-line 6
+LINE 6
 line 7
 line 8
 line 9
`,
  )
})

test('equal texts have no diff', () => {
  assert.equal(unifiedDiff('a', 'x\n', 'x\n'), '')
})

test('a line break at the end that comes or goes is reported', () => {
  const diff = unifiedDiff('a', 'x', 'x\n')
  assert.match(diff, /-x\n\\ No newline at end of file\n\+x\n$/)
})

test('changes far apart stand in hunks of their own, near ones in one', () => {
  const lines = Array.from({ length: 60 }, (_, i) => `${i}\n`)
  const changed = (...at: number[]) =>
    lines.map((line, i) => (at.includes(i) ? `new ${line}` : line)).join('')
  const hunks = (...at: number[]) => unifiedDiff('a', lines.join(''), changed(...at)).match(/^@@/gm)?.length
  assert.equal(hunks(5, 50), 2)
  assert.equal(hunks(20, 26), 1)
})

test('a diff of texts with nothing in common is made in bounded time', () => {
  const text = (start: string) => Array.from({ length: 20_000 }, (_, i) => `${start}${i}\n`).join('')
  const diff = unifiedDiff('a', text('a'), text('b'))
  assert.equal(diff.match(/^-a/gm)?.length, 20_000)
  assert.equal(diff.match(/^\+b/gm)?.length, 20_000)
})

test('applied by patch, a diff of any two texts turns the one into the other', (t) => {
  if (spawnSync('patch', ['--version']).status !== 0) return applyOurselves(t)
  const folder = mkdtempSync(join(tmpdir(), 'fs-diff-'))
  try {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const file = join(folder, 'a.txt')
        writeFileSync(file, before)
        const { status, stdout } = spawnSync('patch', ['--silent', file], {
          input: unifiedDiff('a.txt', before, after),
          encoding: 'utf8',
        })
        assert.equal(status, 0, stdout)
        // patch removes a file that becomes empty.
        if (after !== '') assert.equal(readFileSync(file, 'utf8'), after)
      }),
      { numRuns: 60 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const texts = fc
  .tuple(fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n'), { maxLength: 30 }), fc.constantFrom('', 'end'))
  .map(([lines, end]) => lines.join('') + end)

/** Where there is no patch, the lines of each side are put together from a diff with one hunk. */
function applyOurselves(t: { diagnostic(text: string): void }): void {
  t.diagnostic('there is no patch here: only the lines of the diff are checked')
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = unifiedDiff('a', before, after).split('\n').slice(2)
      const side = (mark: string) => lines.filter((line) => line.startsWith(mark)).length
      const count = (text: string) => (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).length
      if (before !== after) assert.equal(side('+') - side('-'), count(after) - count(before))
    }),
  )
}
