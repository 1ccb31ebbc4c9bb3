/** The rows of a sheet of an Excel workbook. Source: ECMA-376, part 1, section 18.3. */
import type { Attributes, XmlHandler } from '../xml/xml.ts'
import { columnOf } from './address.ts'
import type { DateSystem, ShowNumber } from './number-format.ts'
import { MAX_CELL_TEXT, RowBuilder, type SheetRow } from './sheet.ts'
import { unescaped } from './xlsx-text.ts'

/** What the cells of all sheets refer to. */
export interface WorkbookValues extends DateSystem {
  readonly strings: readonly string[]
  /** By the number of a style. */
  readonly formats: readonly ShowNumber[]
  readonly general: ShowNumber
}

type Collected = 'value' | 'formula' | 'inline'
const COLLECTED: ReadonlyMap<string, Collected> = new Map([
  ['x:v', 'value'],
  ['x:f', 'formula'],
  ['x:t', 'inline'],
])

export class XlsxSheetHandler implements XmlHandler {
  readonly #values: WorkbookValues
  readonly #emit: (row: SheetRow) => void
  readonly #builder = new RowBuilder()
  readonly #texts: Record<Collected, string> = { value: '', formula: '', inline: '' }
  #row = 0
  #isHidden = false
  #column = 0
  #type = 'n'
  #style = 0
  #collected: Collected | undefined
  /** Whether it is within how the text is spoken, which repeats it. */
  #isPhonetic = false

  constructor(values: WorkbookValues, emit: (row: SheetRow) => void) {
    this.#values = values
    this.#emit = emit
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'x:c') this.#openCell(attributes)
    else if (name === 'x:row') this.#openRow(attributes)
    else if (name === 'x:rPh') this.#isPhonetic = true
    else if (!this.#isPhonetic) this.#collected = COLLECTED.get(name)
  }

  text(text: string): void {
    const collected = this.#collected
    if (collected !== undefined && this.#texts[collected].length <= MAX_CELL_TEXT)
      this.#texts[collected] += text
  }

  close(name: string): void {
    this.#collected = undefined
    if (name === 'x:c') this.#closeCell()
    else if (name === 'x:rPh') this.#isPhonetic = false
    else if (name === 'x:row')
      this.#emit({ row: this.#row, isHidden: this.#isHidden, rows: 1, ...this.#builder.take() })
  }

  #openRow({ r, hidden }: Attributes): void {
    const row = Number(r ?? Number.NaN)
    this.#row = Number.isSafeInteger(row) && row > 0 ? row : this.#row + 1
    this.#isHidden = hidden === '1' || hidden === 'true'
    this.#column = 0
  }

  #openCell({ r, t, s }: Attributes): void {
    // A cell beyond the last column has none: it is left out.
    this.#column = r === undefined ? this.#column + 1 : columnOf(r)
    this.#type = t ?? 'n'
    this.#style = s === undefined ? 0 : Number(s)
    this.#texts.value = ''
    this.#texts.formula = ''
    this.#texts.inline = ''
  }

  #closeCell(): void {
    const { value, formula, inline } = this.#texts
    const type = this.#type
    let text = value
    let isText = false
    if (type === 's') {
      text = this.#values.strings[Number(value)] ?? ''
      isText = true
    } else if (type === 'inlineStr' || (value === '' && inline !== '')) {
      text = unescaped(inline)
      isText = true
    } else if (value === '') {
      text = formula === '' ? '' : `=${formula}`
    } else if (type === 'n') text = this.#shown(value)
    else if (type === 'str') {
      text = unescaped(value)
      isText = true
    } else if (type === 'b') text = value === '1' || value === 'true' ? 'TRUE' : 'FALSE'
    else if (type === 'd') text = value.replace('T', ' ').replace(/(?: 00:00:00|:00)(?:\.0*)?Z?$/, '')
    this.#builder.add(this.#column, text, isText)
  }

  #shown(value: string): string {
    const number = Number(value)
    if (!Number.isFinite(number)) return value
    return (this.#values.formats[this.#style] ?? this.#values.general)(number, this.#values)
  }
}
