/** A command with verbs whose first word may be something else, and options whose number may be left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bashScript } from '../luca/completion/bash.ts'
import { manPage } from '../luca/completion/man.ts'
import { completed } from '../luca/completion/table.ts'
import { commandFirst, readArguments } from './arguments.ts'
import type { CliError } from './cli-error.ts'
import type { Command } from './command.ts'
import { usageLine } from './usage.ts'

const find: Command = {
  name: 'find',
  summary: 'find',
  otherwise: { usage: 'WORD…', summary: 'find words' },
  verbs: { models: { usage: '[NAME]', summary: 'list them' } },
  options: {
    open: { value: 'N', optional: true, verbs: [], description: 'open one' },
    check: { verbs: ['models'], description: 'check them' },
  },
  run: async () => 'ok',
}
const read = (...words: string[]) => {
  const { verb, positionals, flag, text } = readArguments(find, words)
  return { verb, positionals, open: flag('open') ? text('open') : undefined }
}
const refused = (...words: string[]): string => {
  try {
    readArguments(find, words)
  } catch (error) {
    return (error as CliError).message
  }
  return 'it is taken'
}

test('a first word that is a verb is one, and any other begins what it does otherwise', () => {
  assert.deepEqual(read('models', 'a'), { verb: 'models', positionals: ['a'], open: undefined })
  assert.deepEqual(read('some', 'models'), {
    verb: undefined,
    positionals: ['some', 'models'],
    open: undefined,
  })
  assert.match(refused(), /WORD is missing; usage: luca find WORD… \[--open\[=N\]\] \| models \[NAME\]/)
  assert.match(refused('models', 'a', 'b'), /"b" is too much/)
})

test('an option belongs to a verb, or to what it does otherwise', () => {
  assert.match(refused('some', '--check'), /--check belongs to models/)
  assert.match(refused('models', '--open'), /--open belongs to WORD/)
})

test('an option whose number may be left out takes one after "=", or the next word where that is a number', () => {
  for (const [words, positionals, open] of [
    [['--open', 'a'], ['a'], ''],
    [['--open', '2', 'a'], ['a'], '2'],
    [['a', '--open=2'], ['a'], '2'],
    [['a', '--open', '2', '3'], ['a', '3'], '2'],
    [['a', '--open=2', '3'], ['a', '3'], '2'],
  ] as const)
    assert.deepEqual(read(...words), { verb: undefined, positionals, open })
  assert.deepEqual(commandFirst(['--open', 'find', 'a'], [find]), ['find', '--open', 'a'])
})

test('help, completion and the manual know both', () => {
  assert.equal(usageLine(find, 'models'), 'luca find models [NAME] [--check]')
  assert.match(manPage([find], '1'), /^\.B luca find WORD\.\.\. \[\\-\\-open\[=N\]\]$/m)
  const script = bashScript(completed([find]))
  assert.match(script, /'find models'\) _luca_words --check/)
  assert.match(script, /'find'\*\) _luca_words --open/)
})
