import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '../luca/commands/index.ts'
import { argumentsIn } from './usage.ts'

const read = (usage: string): string[] =>
  argumentsIn(usage).map(
    ({ name, optional, several, choices }) =>
      `${name}${optional ? '?' : ''}${several ? '+' : ''}${choices.length > 0 ? `(${choices.join(',')})` : ''}`,
  )

for (const [usage, found] of [
  ['', []],
  ['PATH [text|base64]', ['PATH', 'text|base64?(text,base64)']],
  ['NAME -- COMMAND [ARG…]', ['NAME', 'COMMAND', 'ARG?+']],
  ['[CLIENT] [--url URL [--ca FILE] [--x Y]] [--bundle FILE.mcpb]', ['CLIENT?']],
  ['[ID [--deny] | --watch]', ['ID?']],
  ['PATH [-r] [-f]', ['PATH']],
  ['NAME SIZE|none', ['NAME', 'SIZE|none(none)']],
  ['KEY|FILE…', ['KEY|FILE+']],
] as const)
  test(`the arguments in "${usage}" are ${found.join(', ') || 'none'}`, () =>
    assert.deepEqual(read(usage), found))

test('the usage of every command has as many arguments as it takes', () => {
  for (const command of COMMANDS) {
    if (command.verbs) continue
    const found = argumentsIn(command.usage)
    const needed = found.filter(({ optional }) => !optional).length
    const most = found.some(({ several }) => several) ? Infinity : found.length
    assert.deepEqual([needed, most], command.positionals, command.name)
  }
})
