import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMissing } from './drawn.ts'
import { type Font, readFont, writeFont } from './psf.ts'

/** Of 256 letters of 8 by 16, as a file of version 1. */
function version1(characters: readonly string[][]): Uint8Array {
  const table = Array.from({ length: 256 }, (_, i) => [
    ...(characters[i] ?? []).map((one) => one.charCodeAt(0)),
    ...(i === 0 ? [0xfffe, 0x41, 0x300] : []),
    0xffff,
  ]).flat()
  const file = Buffer.alloc(4 + 256 * 16 + table.length * 2)
  file.set([0x36, 0x04, 0b010, 16])
  for (let i = 0; i < 256 * 16; i++) file[4 + i] = i % 251
  for (const [i, code] of table.entries()) file.writeUInt16LE(code, 4 + 256 * 16 + 2 * i)
  return file
}

test('a font of the first version is read with its pictures and characters, and sequences are left out', () => {
  const { width, height, glyphs, characters } = readFont(version1([['A', 'Α'], ['é']]))
  assert.deepEqual([width, height, glyphs.length], [8, 16, 256])
  assert.deepEqual(characters.slice(0, 3), [['A', 'Α'], ['é'], []])
  assert.deepEqual([...(glyphs[1] as Uint8Array)].slice(0, 3), [16, 17, 18])
})

test('what is written is read again as it was', () => {
  const character = fc.integer({ min: 0x21, max: 0xd7ff }).map((code) => String.fromCodePoint(code))
  const font = fc
    .record({ width: fc.integer({ min: 1, max: 32 }), height: fc.integer({ min: 1, max: 32 }) })
    .chain(({ width, height }) => {
      const size = Math.ceil(width / 8) * height
      const one = fc.tuple(
        fc.uint8Array({ minLength: size, maxLength: size }),
        fc.array(character, { maxLength: 4 }),
      )
      return fc.array(one, { minLength: 1, maxLength: 20 }).map(
        (all): Font => ({
          width,
          height,
          glyphs: all.map(([glyph]) => glyph),
          characters: all.map(([, own]) => own),
        }),
      )
    })
  fc.assert(fc.property(font, (given) => assert.deepEqual(readFont(writeFont(given)), given)))
})

test('what is no font, or says of no character what it looks like, is refused', () => {
  assert.throws(() => readFont(Buffer.from('nonsense')), /no font of the console/)
  assert.throws(() => readFont(Buffer.from([0x36, 0x04, 0, 16])), /which characters/)
})

test('letters of luca that a font lacks are drawn in the place of the rarest, and no other is touched', () => {
  for (const [width, height] of [
    [8, 16],
    [12, 24],
    [16, 32],
  ] as const) {
    const size = Math.ceil(width / 8) * height
    const characters = [
      ['A'],
      ['☺'],
      ['✗'],
      ['●'],
      ['▸'],
      ['▾'],
      ['█'],
      ['▀'],
      ['▄'],
      ['₧', '₮'],
      ['₧', 'x'],
      [],
    ]
    const font: Font = {
      width,
      height,
      characters,
      glyphs: characters.map(() => new Uint8Array(size)),
    }
    addMissing(font)
    assert.deepEqual(font.characters.map(String), [
      'A',
      '○',
      '✗',
      '●',
      '▸',
      '▾',
      '█',
      '▀',
      '▄',
      '✓',
      '₧,x',
      '▌',
    ])
    assert.deepEqual(
      [...new Set(font.glyphs[11])],
      width === 8 ? [0xf0] : width === 12 ? [0xfc, 0] : [0xff, 0],
    )
    for (const drawn of [1, 9]) assert.ok((font.glyphs[drawn] as Uint8Array).some((byte) => byte !== 0))
    for (const other of [0, 2, 10]) assert.ok((font.glyphs[other] as Uint8Array).every((byte) => byte === 0))
  }
})

test('a font that has no place for a letter is refused', () => {
  const font = { width: 8, height: 16, glyphs: [new Uint8Array(16)], characters: [['A']] }
  assert.throws(() => addMissing(font), /no picture that could be given up/)
})
