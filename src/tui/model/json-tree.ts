/** A JSON value as a tree whose branches open and close. Only what is open costs anything. */
import { isInexact, parseExactly } from '../../protocol/exact-json.ts'
import { inWords } from '../../protocol/values.ts'
import { Outline } from './outline.ts'
import { moved } from './selection.ts'

export interface JsonRow {
  /** Where it is, as a JSON Pointer. */
  pointer: string
  depth: number
  /** Its key or place; empty for the value itself. */
  label: string
  /** A leaf's value, or what a branch holds in short. */
  text: string
  kind: 'string' | 'number' | 'word' | 'branch'
  isOpen: boolean
}

/** A value that is looked at. */
export interface Tree {
  value: unknown
  open: ReadonlySet<string>
  /** Which row. */
  selected: number
}

const OPENS: ReadonlySet<string> = new Set(['enter', ' ', 'space', 'right', 'left', 'l', 'h'])
/** The tree after a key; undefined for keys that mean nothing to it. `page` is how many rows are in sight. */
export function treeKey<T extends Tree>(tree: T, key: string, page: number): T | undefined {
  const rows = new JsonRows(tree.value, tree.open)
  const selected = moved(tree.selected, rows.count, key, page)
  if (selected !== undefined) return { ...tree, selected }
  const row = rows.at(tree.selected)
  if (row?.kind !== 'branch' || !OPENS.has(key)) return undefined
  const open = new Set(tree.open)
  if (row.isOpen) open.delete(row.pointer)
  else open.add(row.pointer)
  return { ...tree, open }
}

/** Longer texts are cut, in characters. */
const MAX_TEXT = 2000

/** The rows of a value, each made when it is asked for. */
export class JsonRows {
  readonly #value: unknown
  readonly #open: ReadonlySet<string>
  readonly #outline: Outline<{ pointer: string; value: object }>

  constructor(value: unknown, open: ReadonlySet<string>) {
    this.#value = value
    this.#open = open
    const found = new Map<string, object>()
    // What is in another comes after it.
    for (const pointer of [...open].sort((a, b) => a.length - b.length)) {
      const { parent, key } = partsOf(pointer)
      const holder = found.get(parent)
      const one = pointer === '' ? value : holder && childAt(holder, key)
      if (isBranch(one)) found.set(pointer, one)
    }
    this.#outline = new Outline('', open, (pointer) => {
      const own = found.get(pointer)
      if (!own) return undefined
      const { parent, key } = partsOf(pointer)
      const holder = found.get(parent)
      const at = pointer === '' || !holder ? 0 : placeOf(holder, key)
      return { what: { pointer, value: own }, parent, at, children: sizeOf(own) }
    })
  }

  get count(): number {
    return this.#outline.rows
  }

  /** A row; undefined after the last. */
  at(index: number): JsonRow | undefined {
    if (index === 0) return this.#row(this.#value, '', '', 0)
    const place = this.#outline.row(index)
    if (!place) return undefined
    const { pointer, value } = place.what
    const key = keyAt(value, place.at)
    return this.#row(childAt(value, key), `${pointer}/${escaped(key)}`, key, place.depth)
  }

  #row(value: unknown, pointer: string, label: string, depth: number): JsonRow {
    if (!isBranch(value)) return { pointer, depth, label, ...leaf(value), isOpen: false }
    const isOpen = this.#open.has(pointer)
    return { pointer, depth, label, text: inShort(value), kind: 'branch', isOpen }
  }
}

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !isInexact(value)

/** The keys of an object are listed once. */
const keys = new WeakMap<object, readonly string[]>()
function keysOf(value: object): readonly string[] {
  const known = keys.get(value)
  if (known) return known
  const listed = Object.keys(value)
  keys.set(value, listed)
  return listed
}

const sizeOf = (value: object): number => (Array.isArray(value) ? value.length : keysOf(value).length)
const keyAt = (value: object, at: number): string =>
  Array.isArray(value) ? String(at) : (keysOf(value)[at] ?? '')
const placeOf = (value: object, key: string): number =>
  Array.isArray(value) ? Number(key) : keysOf(value).indexOf(key)
const childAt = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined

function inShort(value: object): string {
  if (Array.isArray(value)) return `[${value.length}]`
  const all = keysOf(value)
  return `{${all.slice(0, 6).join(', ')}${all.length > 6 ? ', …' : ''}}`
}

/** The parts of a JSON Pointer: RFC 6901. */
function partsOf(pointer: string): { parent: string; key: string } {
  const end = pointer.lastIndexOf('/')
  const key = pointer
    .slice(end + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  return { parent: pointer.slice(0, Math.max(0, end)), key }
}
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

function leaf(value: unknown): Pick<JsonRow, 'text' | 'kind'> {
  if (typeof value === 'string') return { text: JSON.stringify(value.slice(0, MAX_TEXT)), kind: 'string' }
  if (isInexact(value)) return { text: value.rawJSON, kind: 'number' }
  if (typeof value === 'number') return { text: String(value), kind: 'number' }
  return { text: inWords(value), kind: 'word' }
}

/** The outer branches, which are open at first: those of the first two levels, where they are not too many. */
export function firstOpen(value: unknown): ReadonlySet<string> {
  const open = new Set<string>([''])
  if (typeof value !== 'object' || value === null) return open
  const entries = Object.entries(value)
  if (entries.length <= 20)
    for (const [key, child] of entries)
      if (typeof child === 'object' && child !== null && Object.keys(child).length <= 40)
        open.add(`/${escaped(key)}`)
  return open
}

/** What a text is as JSON, or undefined where it is none, or just a word of it. */
export function structureOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return parseExactly(text)
  } catch {
    return undefined
  }
}
