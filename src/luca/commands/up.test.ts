import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const MAIN = join(import.meta.dirname, '../main.ts')

test('a start whose command line is refused makes nothing', () => {
  const home = mkdtempSync(join(tmpdir(), 'luca-home-'))
  try {
    for (const words of [
      ['--port', '70000'],
      ['--units', join(home, 'none')],
      ['--caps', join(home, 'none')],
      ['--files', join(home, 'none')],
    ]) {
      const { status } = spawnSync(process.execPath, [MAIN, 'up', ...words], { env: { HOME: home } })
      assert.deepEqual([status, readdirSync(home)], [2, []], words[0])
    }
  } finally {
    rmSync(home, { recursive: true })
  }
})
