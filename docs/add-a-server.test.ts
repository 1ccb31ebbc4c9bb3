import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const guide = readFileSync(join(import.meta.dirname, 'add-a-server.md'), 'utf8')
const quotations = [...guide.matchAll(/^```\w+ path=(\S+)\n(.*?)\n```$/gms)]

test('the guide quotes a server from its tools to its units', () => {
  const paths = new Set(quotations.map(([, path]) => path))
  for (const path of [
    'src/servers/time/tools.ts',
    'src/servers/time/server.ts',
    'src/servers/time/main.ts',
    'src/servers/time/server.test.ts',
    'systemd/mcp-time@.socket',
    'systemd/mcp-time@.service',
  ])
    assert.ok(paths.has(path), `the guide quotes nothing of ${path}`)
})

test('every quotation is a contiguous part of the file it names', () => {
  for (const [, path = '', quoted = ''] of quotations)
    assert.ok(
      `\n${readFileSync(join(ROOT, path), 'utf8')}\n`.includes(`\n${quoted}\n`),
      `docs/add-a-server.md quotes ${path} as it no longer is; quote it anew:\n${quoted}`,
    )
})
