/** What styles and lists of a Word document say of its paragraphs. Source: ECMA-376, part 1, sections 17.7 and 17.9. */
import type { BlockKind } from '../document.ts'
import { languageCode } from '../language.ts'
import { countOf } from '../xml/count.ts'
import type { Attributes, XmlHandler } from '../xml/xml.ts'

/** Built-in styles have these names in every language; their ids differ. */
const KINDS: Readonly<Record<string, BlockKind>> = {
  title: 'title',
  'html preformatted': 'code',
  'source code': 'code',
  'preformatted text': 'code',
  'macro text': 'code',
}
/** Styles that go back to each other have no end. */
const MAX_ANCESTORS = 20
/** Lists have nine levels, counted from 0. */
const MAX_ITEM_LEVEL = 8
/** Outline levels count from 0; this one and beyond are body text. */
export const BODY_LEVEL = 9

interface Style {
  kind: BlockKind | undefined
  /** Of a heading, counted from 1; 0 where the style says that it is none. */
  level: number | undefined
  isHidden: boolean | undefined
  isList: boolean | undefined
  /** Of an item, counted from 1. */
  itemLevel: number | undefined
  /** Whether it is that of a table of contents. */
  isContents: boolean
  parent: string | undefined
}

export interface StyleOf {
  readonly kind: BlockKind
  readonly level: number | undefined
  readonly isHidden: boolean
  readonly isList: boolean
  /** Of an item, counted from 1. */
  readonly itemLevel: number
  readonly isContents: boolean
}

export class Styles implements XmlHandler {
  /** ISO 639-1, of text that says nothing else. */
  language: string | undefined
  readonly #styles = new Map<string, Style>()
  readonly #resolved = new Map<string, StyleOf>()
  #open: Style | undefined
  #isDefault = false

  open(name: string, attributes: Attributes): void {
    const value = attributes['w:val']
    const style = this.#open
    if (name === 'w:docDefaults') this.#isDefault = true
    else if (name === 'w:lang' && this.#isDefault && value) this.language = languageCode(value)
    else if (name === 'w:style') this.#begin(attributes['w:styleId'])
    else if (!style) return
    else if (name === 'w:name') named(style, value?.toLowerCase() ?? '')
    else if (name === 'w:basedOn') style.parent = value
    else if (name === 'w:outlineLvl') style.level = levelOf(value)
    else if (name === 'w:vanish') style.isHidden = isOn(value)
    else if (name === 'w:numId') style.isList = isList(value)
    else if (name === 'w:ilvl') style.itemLevel = itemLevelOf(value)
  }

  close(name: string): void {
    if (name === 'w:docDefaults') this.#isDefault = false
    if (name === 'w:style') this.#open = undefined
  }

  of(id: string | undefined): StyleOf {
    const key = id ?? ''
    const known = this.#resolved.get(key)
    if (known) return known
    const styles = [...this.#ancestry(id)]
    const level = styles.find((style) => style.level !== undefined)?.level
    const found = {
      kind: styles.find(({ kind }) => kind !== undefined)?.kind ?? 'paragraph',
      level: level === 0 ? undefined : level,
      isHidden: styles.find(({ isHidden }) => isHidden !== undefined)?.isHidden ?? false,
      isList: styles.find(({ isList }) => isList !== undefined)?.isList ?? false,
      itemLevel: styles.find(({ itemLevel }) => itemLevel !== undefined)?.itemLevel ?? 1,
      isContents: styles.some(({ isContents }) => isContents),
    }
    this.#resolved.set(key, found)
    return found
  }

  #begin(id: string | undefined): void {
    this.#open = {
      kind: undefined,
      level: undefined,
      isHidden: undefined,
      isList: undefined,
      itemLevel: undefined,
      isContents: false,
      parent: undefined,
    }
    if (id !== undefined) this.#styles.set(id, this.#open)
  }

  *#ancestry(id: string | undefined): Generator<Style> {
    let style = id === undefined ? undefined : this.#styles.get(id)
    for (let i = 0; style && i < MAX_ANCESTORS; i++) {
      yield style
      style = style.parent === undefined ? undefined : this.#styles.get(style.parent)
    }
  }
}

function named(style: Style, name: string): void {
  if (Object.hasOwn(KINDS, name)) style.kind = KINDS[name]
  const level = /^heading ([1-9])$/.exec(name)?.[1]
  if (level !== undefined) style.level ??= countOf(level, BODY_LEVEL)
  const itemLevel = /^list (?:bullet|number) ([2-5])$/.exec(name)?.[1]
  if (itemLevel !== undefined) style.itemLevel ??= countOf(itemLevel, MAX_ITEM_LEVEL)
  style.isContents = /^toc [1-9]$/.test(name)
}

/** Counted from 1; 0 for body text. */
export function levelOf(outline: string | undefined): number {
  const level = outline === undefined ? BODY_LEVEL : countOf(outline, BODY_LEVEL, 0)
  return level < BODY_LEVEL ? level + 1 : 0
}

/** Whether paragraphs with this number of a list are in one. */
export const isList = (number: string | undefined): boolean => number !== undefined && number !== '0'

/** Counted from 1. */
export const itemLevelOf = (value: string | undefined): number => countOf(value, MAX_ITEM_LEVEL, 0) + 1

/** Whether a property that is there holds. */
export const isOn = (value: string | undefined): boolean =>
  value === undefined || !/^(?:0|false|off)$/.test(value)
