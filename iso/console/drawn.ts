/** Letters that luca shows and fonts of the console lack, drawn in the size of the others. */
import type { Font } from './psf.ts'

/** Whether a point is of the letter: from 0 to 1 across a cell, and down; `unit` is a line's breadth across. */
type Shape = (x: number, y: number, unit: number, tall: number) => boolean

const line =
  (...points: readonly (readonly [number, number])[]): Shape =>
  (x, y, unit, tall) =>
    points.slice(1).some(([toX, toY], i) => {
      const [fromX, fromY] = points[i] as readonly [number, number]
      const [dx, dy] = [toX - fromX, (toY - fromY) * tall]
      const along = Math.max(
        0,
        Math.min(1, ((x - fromX) * dx + (y - fromY) * tall * dy) / (dx * dx + dy * dy)),
      )
      return Math.hypot(x - fromX - along * dx, (y - fromY) * tall - along * dy) <= unit * 0.6
    })
const distance = (x: number, y: number, tall: number) => Math.hypot(x - 0.5, (y - 0.53) * tall)

const SHAPES: Readonly<Record<string, Shape>> = {
  '▌': (x) => x < 0.5,
  '█': () => true,
  '▀': (_, y) => y < 0.5,
  '▄': (_, y) => y >= 0.5,
  '●': (x, y, _, tall) => distance(x, y, tall) <= 0.4,
  '○': (x, y, unit, tall) => Math.abs(distance(x, y, tall) - 0.38) <= unit * 0.5,
  '✓': line([0.08, 0.56], [0.36, 0.72], [0.92, 0.3]),
  '✗': (x, y, unit, tall) =>
    line([0.12, 0.36], [0.88, 0.72])(x, y, unit, tall) || line([0.88, 0.36], [0.12, 0.72])(x, y, unit, tall),
  '▸': (x, y) => x > 0.15 && x < 0.85 && Math.abs(y - 0.54) < (0.85 - x) * 0.32,
  '▾': (x, y) => y > 0.4 && y < 0.72 && Math.abs(x - 0.5) < (0.72 - y) * 1.4,
}

/** Whom one of them may take the place of: pictures of the first PCs, and coins of old. */
const RARE = [...'₧₮⌂☺☻☼↨∟‼']

/** Puts in what is missing. Throws where the font has no place for it. */
export function addMissing(font: Font): void {
  for (const [character, shape] of Object.entries(SHAPES)) {
    if (font.characters.some((own) => own.includes(character))) continue
    const at = placeIn(font)
    font.glyphs[at] = draw(shape, font)
    font.characters[at] = [character]
  }
}

function placeIn({ characters }: Font): number {
  const free = characters.findIndex((own) => own.length === 0)
  if (free >= 0) return free
  const rare = characters.findIndex((own) => own.every((one) => RARE.includes(one)))
  if (rare < 0) throw new Error('The font has no picture that could be given up.')
  return rare
}

function draw(shape: Shape, { width, height }: Font): Uint8Array {
  const bytes = Math.ceil(width / 8)
  const glyph = new Uint8Array(bytes * height)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      if (
        shape((column + 0.5) / width, (row + 0.5) / height, Math.max(1, width / 8) / width, height / width)
      ) {
        const at = row * bytes + (column >> 3)
        glyph[at] = (glyph[at] as number) | (0x80 >> (column & 7))
      }
  return glyph
}
