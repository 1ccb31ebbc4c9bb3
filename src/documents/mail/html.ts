/** HTML of a mail, as people see it: what is hidden is left out and told, links show where they lead, and no picture is fetched. */

import type { TextBlock } from '../text/block.ts'
import { type HtmlGuide, readHtml } from '../text/html.ts'
import { told } from './links.ts'
import { StyleSheet } from './style.ts'
import { type Colours, coloursWithin, isUnseen, PAPER } from './visibility.ts'

/** What reading finds besides the text; complete once all of that was read. */
export interface Found {
  /** Whether text was left out that nobody would see. */
  hasUnseen: boolean
  /** How many pictures lie elsewhere, whose sender would know of it if they were fetched. */
  farPictures: number
}

export function* readMailHtml(text: string, found: Found): Generator<TextBlock> {
  yield* readHtml(text, { guide: new MailGuide(new StyleSheet(text), found) })
}

class MailGuide implements HtmlGuide {
  readonly #sheet: StyleSheet
  readonly #found: Found
  readonly #colours: Colours[] = []
  #hasPicture = false

  constructor(sheet: StyleSheet, found: Found) {
    this.#sheet = sheet
    this.#found = found
  }

  opens(name: string, attributes: Readonly<Record<string, string>>): boolean {
    const style = this.#sheet.of(name, attributes)
    const colours = coloursWithin(this.#colours.at(-1) ?? PAPER, style, attributes)
    this.#colours.push(colours)
    if (name === 'a') this.#hasPicture = false
    if (name === 'img') this.#see(attributes.src ?? '')
    return isUnseen(style, colours) || (name === 'font' && attributes.size === '0')
  }

  #see(source: string): void {
    this.#hasPicture = true
    if (/^\s*(?:https?:)?\/\//i.test(source)) this.#found.farPictures++
  }

  closes(): void {
    this.#colours.pop()
  }

  closesAll(): void {
    this.#colours.length = 0
  }

  leavesOut(text: string): void {
    if (/[\p{L}\p{N}]/u.test(text)) this.#found.hasUnseen = true
  }

  link(text: string, href: string): string {
    return told(text === '' && this.#hasPicture ? 'picture' : text, href)
  }
}
