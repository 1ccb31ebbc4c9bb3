import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, test } from 'node:test'
import { suggestion, suggestWhileTyping } from './suggestions.ts'

test('the newest line that begins so is suggested, if it has more', () => {
  const history = ['ls /docs', 'ls /', 'cat a', 'ls']
  assert.equal(suggestion('ls', history), ' /')
  assert.equal(suggestion('ls /', history), 'docs')
  assert.equal(suggestion('cat a', history), '')
  assert.equal(suggestion('', history), '')
  assert.equal(suggestion('ls', ['ls \u001b[2J', 'ls é']), '')
})

describe('while typing', () => {
  let input: NodeJS.ReadStream
  let output: PassThrough & { columns: number }
  let typed: string[]
  let wanted: boolean
  beforeEach(() => {
    input = new PassThrough() as unknown as NodeJS.ReadStream
    output = Object.assign(new PassThrough(), { columns: 40 })
    typed = []
    wanted = true
    const lines = createInterface({ input, output, terminal: true, completer: () => [[], ''] })
    lines.on('line', (line) => typed.push(line))
    suggestWhileTyping({ lines, input, output, history: () => ['ls /docs/reports'], wanted: () => wanted })
    lines.prompt()
    output.read()
  })
  const press = (keys: string): string => {
    input.emit('data', Buffer.from(keys))
    return String(output.read() ?? '')
  }

  test('the rest is shown faintly, with the cursor before it, and goes when something else is typed', () => {
    assert.ok(press('ls').endsWith('\u001b[2m /docs/reports\u001b[22m\u001b[14D'))
    assert.equal(press('x'), '\u001b[Kx')
    assert.ok(press('\r').includes('\n'))
    assert.deepEqual(typed, ['lsx'])
  })

  test('the right arrow and End take it; Enter does not', () => {
    press('ls')
    press('\u001b[C')
    press('\r')
    press('ls')
    press('\u0005')
    press('\r')
    press('ls')
    assert.ok(press('\r').startsWith('\u001b[K'))
    assert.deepEqual(typed, ['ls /docs/reports', 'ls /docs/reports', 'ls'])
  })

  test('nothing is shown after Tab, which may write there later', () => {
    press('ls')
    assert.equal(press('\t'), '\u001b[K')
  })

  test('nothing is shown within a line, where there is no room, or for an answer', () => {
    press('xls')
    press('\u0001')
    assert.ok(!press('\u001b[3~').includes('reports'))
    press('\u0015')
    output.columns = 16
    press('\u0005\u0015')
    assert.ok(!press('ls').includes('reports'))
    output.columns = 40
    wanted = false
    assert.ok(!press(' ').includes('reports'))
  })
})
