import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GatewayConfig } from '../src/gateway/config.ts'

interface Schema {
  properties?: Record<string, Schema>
  default?: unknown
  env?: string
}

/** Each setting as the page's table has it: key, default, variable. */
function settings(schema: Schema, prefix = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) =>
    value.properties
      ? settings(value, `${prefix}${name}.`)
      : [[`\`${prefix}${name}\``, written(value.default), value.env === undefined ? '' : `\`${value.env}\``]],
  )
}

const written = (value: unknown) =>
  (Array.isArray(value) || value === '') && value.length === 0 ? 'none' : `\`${value}\``

test('the page on configuration has every setting of the gateway, with its default and variable', () => {
  const page = readFileSync(join(import.meta.dirname, 'configuration.md'), 'utf8')
  const [table = ''] = page.split('\n## ')
  const rows = [...table.matchAll(/^\| (`.*)\|$/gm)].map(([, row = '']) =>
    row
      .split('|')
      .slice(0, 3)
      .map((cell) => cell.trim()),
  )
  assert.deepEqual(rows, settings(GatewayConfig as Schema))
})
