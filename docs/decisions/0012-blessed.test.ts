import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('blessed still fails as decision 12 says, so that the interface draws by itself', () => {
  const script = join(import.meta.dirname, '0012-blessed.ts')
  const said = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    encoding: 'utf8',
  })
  assert.match(said, /^drawing: .* with the widths of today: .*joined, .*newer$/m)
  assert.match(said, /^terminfo: tmux-256color: its file is not read .*, 8 colours$/m)
  assert.match(said, /^starting: ms to load all of it: \d+$/m)
  assert.match(said, /^colours: .*: 3$/m)
})
