import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyReader } from './keys.ts'
import { MAX_PASTE, type Piece, Splitter } from './splitter.ts'

function pieces(chunks: readonly (string | Buffer)[]): Piece[] {
  const found: Piece[] = []
  const splitter = new Splitter((piece) => found.push(piece))
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as Buffer))
  splitter.close()
  return found
}

/** Texts that arrive in parts mean the same as in one. */
function joined(all: readonly Piece[]): Piece[] {
  const found: Piece[] = []
  for (const piece of all) {
    const last = found.at(-1)
    if (last?.type === 'text' && piece.type === 'text') last.text += piece.text
    else found.push({ ...piece })
  }
  return found
}

test('texts, keys, pastes, clicks and answers are distinguished, however they are cut', () => {
  const whole =
    'é漢a\r\x1b[A\x1b[200~pa\x1bste\x1b[201~\x1b[<0;12;3M\x1b[<64;1;1m\x1b[?2026;2$y\x1b]11;rgb:ffff/0000/8000\x07\x1bOPz'
  const bytes = Buffer.from(whole)
  const wanted = pieces([bytes])
  assert.deepEqual(
    wanted.map(({ type }) => type),
    [
      'text',
      'control',
      'control',
      'paste',
      'mouse',
      'mouse',
      'synchronised',
      'background',
      'control',
      'text',
    ],
  )
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      assert.deepEqual(joined(pieces(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))), wanted)
    }),
  )
})

test('a paste that is too long is cut, and what comes after it is understood', () => {
  const found = pieces(['\x1b[200~', 'x'.repeat(3 * MAX_PASTE), '\x1b[201~', 'after'])
  assert.deepEqual(
    found.map((piece) => (piece.type === 'paste' ? [piece.text.length, piece.cut] : piece.type)),
    [[MAX_PASTE, true], 'text'],
  )
})

test('Esc alone is a key once nothing follows it', async () => {
  const found = await new Promise<Piece>((resolve) => new Splitter(resolve).push(Buffer.from('\x1b')))
  assert.deepEqual(found, { type: 'control', sequence: '\x1b' })
})

test('keys of many kinds of terminals have one name', () => {
  const found: string[] = []
  const keys = new KeyReader((key) => found.push(key))
  for (const sequence of [
    '\r',
    '\x1b[A',
    '\x1bOA',
    '\x1b[1;5C',
    '\x1b[5~',
    '\x1b[Z',
    '\x10',
    '\x1bn',
    '\x1bOP',
    '\x1b[[A',
    '\x1b[11~',
    '\x7f',
    '\x1b',
    '\t',
    '\x1b\r',
  ])
    keys.push(sequence)
  assert.deepEqual(found, [
    'enter',
    'up',
    'up',
    'C-right',
    'pageup',
    'S-tab',
    'C-p',
    'M-n',
    'f1',
    'f1',
    'f1',
    'backspace',
    'escape',
    'tab',
    'M-enter',
  ])
})
