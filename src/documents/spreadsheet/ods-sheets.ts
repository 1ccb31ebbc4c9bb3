/** The sheets of an OpenDocument spreadsheet, which lie in one part, one after the other. Source: OpenDocument 1.3, part 3, chapter 9. */
import { withSingleSpaces } from '../text.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import { addressOf } from './address.ts'
import { amountOf, durationOf, percentage, plainNumber } from './number-format.ts'
import { type Comment, MAX_CELL_TEXT, RowBuilder, type SheetRow } from './sheet.ts'

export type OdsEvent =
  | { kind: 'sheet' | 'end' }
  | { kind: 'row'; row: SheetRow }
  | { kind: 'comment'; comment: Comment }

/** Stands in a cell, and is no part of its text. */
const isBeside = (name: string): boolean =>
  name.startsWith('draw:') || name === 'text:ruby-text' || name === 'text:note'

const MAX_SPACES = 100
/** Some programs take more rows than others; no more are counted. */
const MAX_ROWS = 16_777_216

const count = (attribute: string | undefined, most: number): number => {
  const number = Number(attribute ?? 1)
  return Number.isSafeInteger(number) && number > 0 ? Math.min(number, most) : 1
}

export class OdsSheetsHandler implements XmlHandler {
  readonly #emit: (event: OdsEvent) => void
  readonly #builder = new RowBuilder()
  /** Sheets that are open: one can stand in a cell of another. */
  #sheets = 0
  #row = 0
  #rows = 1
  #isHidden = false
  #column = 1
  #columns = 1
  #cell: Attributes = {}
  #text = ''
  #comment: string | undefined
  #paragraphs = 0
  #beside = 0

  constructor(emit: (event: OdsEvent) => void) {
    this.#emit = emit
  }

  open(name: string, attributes: Attributes): void {
    if (isBeside(name)) this.#beside++
    if (name === 'table:table' && ++this.#sheets === 1) this.#openSheet()
    if (this.#sheets !== 1 || this.#beside > 0) return
    if (name === 'table:table-row') this.#openRow(attributes)
    else if (name === 'table:table-cell' || name === 'table:covered-table-cell') this.#openCell(attributes)
    else if (name === 'office:annotation') this.#comment = ''
    else if (name === 'text:p' || name === 'text:h') {
      if (this.#paragraphs++ === 0 && (this.#comment ?? this.#text) !== '') this.#add('\n')
    } else if (this.#paragraphs > 0) {
      if (name === 'text:s') this.#add(' '.repeat(count(attributes['text:c'], MAX_SPACES)))
      else if (name === 'text:tab') this.#add('\t')
      else if (name === 'text:line-break') this.#add('\n')
    }
  }

  text(text: string): void {
    if (this.#paragraphs > 0 && this.#beside === 0) this.#add(withSingleSpaces(text))
  }

  close(name: string): void {
    if (isBeside(name)) this.#beside--
    else if (name === 'table:table') {
      if (--this.#sheets === 0) this.#emit({ kind: 'end' })
    } else if (this.#sheets !== 1 || this.#beside > 0) return
    else if (name === 'text:p' || name === 'text:h') this.#paragraphs--
    else if (name === 'office:annotation') this.#closeComment()
    else if (name === 'table:table-cell' || name === 'table:covered-table-cell') this.#closeCell()
    else if (name === 'table:table-row') this.#closeRow()
  }

  #add(text: string): void {
    if (this.#comment === undefined) {
      if (this.#text.length <= MAX_CELL_TEXT) this.#text += text
    } else if (this.#comment.length < MAX_CELL_TEXT) this.#comment += text
  }

  #openSheet(): void {
    this.#row = 1
    this.#emit({ kind: 'sheet' })
  }

  #openRow(attributes: Attributes): void {
    this.#rows = count(attributes['table:number-rows-repeated'], MAX_ROWS)
    this.#isHidden = (attributes['table:visibility'] ?? 'visible') !== 'visible'
    this.#column = 1
  }

  #closeRow(): void {
    const row = { row: this.#row, rows: this.#rows, isHidden: this.#isHidden, ...this.#builder.take() }
    if (row.cells.length > 0 || row.beyond > 0) this.#emit({ kind: 'row', row })
    this.#row = Math.min(this.#row + this.#rows, MAX_ROWS)
  }

  #openCell(attributes: Attributes): void {
    this.#cell = attributes
    this.#columns = count(attributes['table:number-columns-repeated'], MAX_ROWS)
    this.#text = ''
    this.#paragraphs = 0
  }

  #closeCell(): void {
    const type = this.#cell['office:value-type'] ?? 'string'
    this.#builder.add(this.#column, shown(this.#cell, type, this.#text), type === 'string', this.#columns)
    this.#column = Math.min(this.#column + this.#columns, MAX_ROWS)
  }

  #closeComment(): void {
    const text = this.#comment ?? ''
    this.#comment = undefined
    if (text !== '')
      this.#emit({ kind: 'comment', comment: { address: addressOf(this.#column, this.#row), text } })
  }
}

function shown(cell: Attributes, type: string, text: string): string {
  const value = Number(cell['office:value'] ?? Number.NaN)
  if (type === 'date') return dateOf(cell['office:date-value']) ?? text
  if (type === 'time') return timeOf(cell['office:time-value']) ?? text
  if (type === 'boolean') return cell['office:boolean-value'] === 'true' ? 'TRUE' : 'FALSE'
  if (type === 'string' || !Number.isFinite(value)) {
    const formula = cell['table:formula']?.replace(/^\w+:(?==)/, '')
    return text || cell['office:string-value'] || formula || ''
  }
  if (type === 'percentage' || text.endsWith('%')) return percentage(value)
  const symbol = /\p{Sc}/u.exec(text) ?? undefined
  if (type === 'currency' || symbol) return amount(value, text, symbol?.[0] ?? cell['office:currency'])
  // Some programs store truth as a number.
  if (/^\p{L}+$/u.test(text) && (value === 0 || value === 1)) return value === 1 ? 'TRUE' : 'FALSE'
  // Postcodes and the like.
  return /^0\d+$/.test(text) && Number(text) === value ? text : plainNumber(value)
}

const dateOf = (value: string | undefined): string | undefined =>
  value && /^-?\d{4,}-\d\d-\d\d/.test(value)
    ? value
        .replace('T', ' ')
        .replace(/(:\d\d)\.\d+/, '$1')
        .replace(/(?: 00:00:00|:00)$/, '')
    : undefined

function timeOf(value: string | undefined): string | undefined {
  const [, sign, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?$/.exec(value ?? '') ?? []
  if (sign === undefined) return undefined
  const all =
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number.parseFloat(String(seconds))
  return durationOf(sign === '-' ? -all : all)
}

/** With as many decimals as are shown. */
function amount(value: number, text: string, currency = ''): string {
  const decimals = /\d[.,](\d{1,2})(?!\d)/.exec(text)?.[1]?.length ?? 0
  const isBefore = currency !== '' && text.indexOf(currency) < text.search(/\d/)
  return amountOf(value, decimals, currency, isBefore && text.includes(currency))
}
