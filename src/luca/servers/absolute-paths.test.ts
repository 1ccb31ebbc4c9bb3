import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withAbsolutePaths } from './absolute-paths.ts'

test('a program and files that are named from the folder where one is are found from anywhere', () => {
  const here = mkdtempSync(join(tmpdir(), 'here-'))
  writeFileSync(join(here, 'server.js'), '')
  try {
    assert.deepEqual(
      withAbsolutePaths('./my-server', ['./server.js', './nothing', '--root=./server.js', 'x'], here),
      {
        command: join(here, 'my-server'),
        args: [join(here, 'server.js'), './nothing', '--root=./server.js', 'x'],
      },
    )
    assert.equal(withAbsolutePaths('bin/server', [], here).command, join(here, 'bin/server'))
  } finally {
    rmSync(here, { recursive: true })
  }
})

test('what is named by its name alone, or from the root, stays as it is', () => {
  assert.deepEqual(withAbsolutePaths('npx', ['-y', '@scope/server'], '/here'), {
    command: 'npx',
    args: ['-y', '@scope/server'],
  })
  assert.equal(withAbsolutePaths('/usr/bin/node', [], '/here').command, '/usr/bin/node')
})
