import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withoutHere } from './without-here.ts'

test('a program and files that are named from the folder where one is are found from anywhere', () => {
  const here = mkdtempSync(join(tmpdir(), 'here-'))
  writeFileSync(join(here, 'server.js'), '')
  try {
    assert.deepEqual(
      withoutHere('./my-server', ['./server.js', './nothing', '--root=./server.js', 'x'], here),
      {
        command: join(here, 'my-server'),
        args: [join(here, 'server.js'), './nothing', '--root=./server.js', 'x'],
      },
    )
    assert.equal(withoutHere('bin/server', [], here).command, join(here, 'bin/server'))
  } finally {
    rmSync(here, { recursive: true })
  }
})

test('what is named by its name alone, or from the root, stays as it is', () => {
  assert.deepEqual(withoutHere('npx', ['-y', '@scope/server'], '/here'), {
    command: 'npx',
    args: ['-y', '@scope/server'],
  })
  assert.equal(withoutHere('/usr/bin/node', [], '/here').command, '/usr/bin/node')
})
