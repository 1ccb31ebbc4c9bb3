/** Addresses of cells, such as B7. Source: ECMA-376, part 1, section 18.18.7. */

/** Excel and LibreOffice have no more. */
export const MAX_COLUMNS = 16_384
const LETTERS = 26
const BEFORE_A = 64
const NINE = 57

/** The column of an address, counted from 1; 0 for what is no address, or beyond the last column that there can be. */
export function columnOf(address: string): number {
  let column = 0
  let at = 0
  for (; at < address.length && address.charCodeAt(at) > NINE; at++) {
    const letter = address.charCodeAt(at) - BEFORE_A
    if (letter < 1 || letter > LETTERS) return 0
    column = column * LETTERS + letter
    if (column > MAX_COLUMNS) return 0
  }
  return at < address.length ? column : 0
}

/** The row of an address, counted from 1; 0 for what is no address. */
export const rowOf = (address: string): number => Number(/^[A-Z]+(\d{1,9})$/.exec(address)?.[1] ?? 0)

/** Both counted from 1. */
export function addressOf(column: number, row: number): string {
  let letters = ''
  for (let left = column; left > 0; left = Math.floor((left - 1) / LETTERS))
    letters = String.fromCharCode(BEFORE_A + 1 + ((left - 1) % LETTERS)) + letters
  return letters + row
}
