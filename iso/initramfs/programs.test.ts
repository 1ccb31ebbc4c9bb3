/** The list of programs is what every ramdisk gets, so it must have each one that the script runs. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const at = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
const listed = at('programs')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

const KEYWORDS = [
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'while',
  'until',
  'do',
  'done',
  'for',
  'in',
  'case',
  'esac',
  '!',
]
const BUILTINS = ['[', ':', 'break', 'continue', 'echo', 'exit', 'local', 'printf', 'read', 'return', 'umask']

/** What stands where a shell looks for a command. */
function commandsOf(script: string): Set<string> {
  const code = script
    .replace(/^\s*#.*$|\s#\s.*$/gm, '')
    .replace(/\\\n/g, ' ')
    .replace(/'[^']*'/g, "''")
    .replace(/\b(say \d|echo) "[^"]*"/g, '$1 ""')
    .replace(/\$\(\(.*?\)\)/g, '0')
    .replace(/\bfor \w+ in [^;]*/g, (words) => (words.includes('$(') ? `: ${words}` : ':'))
    // A pattern of "case" ends with a bracket that opens nothing.
    .replace(/^\s*[^\s()]+(\s[^\s()]+)?\)/gm, ';')
  const commands = new Set<string>()
  for (const part of code.split(/\$\(|[;|&\n(){}`]+/)) {
    const words = part.trim().split(/\s+/)
    while (words[0] !== undefined && (KEYWORDS.includes(words[0]) || /^\w+=/.test(words[0]))) words.shift()
    const [word = ''] = words
    if (/^[a-z_[:][a-z0-9_]*$/.test(word)) commands.add(word)
  }
  return commands
}

test('every program that the script runs is listed, and no other', () => {
  const script = at('data')
  const functions = [...script.matchAll(/^(\w+)\(\) /gm)].map(([, name]) => name as string)
  // Every busybox of a ramdisk has the one; only the ramdisk of Debian runs the other.
  const own = [...functions, ...BUILTINS, 'loadkmap', 'insmod']
  const run = [...commandsOf(script)].filter((word) => !own.includes(word))
  assert.deepEqual(run.sort(), listed)
})

test('the list has each program once, and this machine has it under the same name', () => {
  assert.deepEqual(listed, [...new Set(listed)].sort())
  for (const program of listed.filter((name) => !['modprobe', 'e2fsck', 'findfs'].includes(name)))
    assert.match(execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }), /^\//)
})
