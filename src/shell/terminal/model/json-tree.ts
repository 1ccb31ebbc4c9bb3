/** A JSON value as a tree whose branches open and close. Only what is open costs anything. */
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
/** A page of a tree, in rows. */
const PAGE = 20

/** The tree after a key; undefined for keys that mean nothing to it. */
export function treeKey<T extends Tree>(tree: T, key: string): T | undefined {
  const rows = jsonRows(tree.value, tree.open)
  const selected = moved(tree.selected, rows.length, key, PAGE)
  if (selected !== undefined) return { ...tree, selected }
  const row = rows[tree.selected]
  if (row?.kind !== 'branch' || !OPENS.has(key)) return undefined
  const open = new Set(tree.open)
  if (row.isOpen) open.delete(row.pointer)
  else open.add(row.pointer)
  return { ...tree, open }
}

/** More rows than this are not made; the last one says so. */
const MAX_ROWS = 20_000
/** Longer texts are cut, in characters. */
const MAX_TEXT = 2000

export function jsonRows(value: unknown, open: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = []
  // A stack of our own: values may be nested deeper than calls can be.
  const waiting: { value: unknown; pointer: string; depth: number; label: string }[] = [
    { value, pointer: '', depth: 0, label: '' },
  ]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value: one, pointer, depth, label } = next
    if (rows.length >= MAX_ROWS) {
      rows.push({
        pointer: `${pointer}…`,
        depth: 0,
        label: '',
        text: `only the first ${MAX_ROWS} are shown`,
        kind: 'word',
        isOpen: false,
      })
      break
    }
    if (typeof one !== 'object' || one === null) {
      rows.push({ pointer, depth, label, ...leaf(one), isOpen: false })
      continue
    }
    const isOpen = open.has(pointer)
    const entries = Array.isArray(one) ? one.length : Object.keys(one).length
    const text = Array.isArray(one)
      ? `[${entries}]`
      : `{${Object.keys(one).slice(0, 6).join(', ')}${entries > 6 ? ', …' : ''}}`
    rows.push({ pointer, depth, label, text, kind: 'branch', isOpen })
    if (!isOpen) continue
    const children = Array.isArray(one)
      ? one.slice(0, MAX_ROWS).map((item, i) => [String(i), item] as const)
      : Object.entries(one)
    for (const [key, child] of children.toReversed())
      waiting.push({
        value: child,
        pointer: `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        depth: depth + 1,
        label: key,
      })
  }
  return rows
}

function leaf(value: unknown): Pick<JsonRow, 'text' | 'kind'> {
  if (typeof value === 'string') return { text: JSON.stringify(value.slice(0, MAX_TEXT)), kind: 'string' }
  if (typeof value === 'number') return { text: String(value), kind: 'number' }
  return { text: String(value), kind: 'word' }
}

/** The outer branches, which are open at first: those of the first two levels, where they are not too many. */
export function firstOpen(value: unknown): ReadonlySet<string> {
  const open = new Set<string>([''])
  if (typeof value !== 'object' || value === null) return open
  const entries = Object.entries(value)
  if (entries.length <= 20)
    for (const [key, child] of entries)
      if (typeof child === 'object' && child !== null && Object.keys(child).length <= 40)
        open.add(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return open
}

/** What a text is as JSON, or undefined where it is none, or just a word of it. */
export function structureOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
