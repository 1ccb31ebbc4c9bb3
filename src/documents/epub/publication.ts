/** Which chapters a book has, in which order, and under which names. Source: EPUB 3.3, sections 4 to 7, and EPUB 2.0.1. */
import { dirname, join } from 'node:path/posix'
import { DocumentProblem } from '../document.ts'
import type { Package } from '../package/package.ts'
import { plainText } from '../text.ts'

const CONTAINER = 'META-INF/container.xml'
const ENCRYPTION = 'META-INF/encryption.xml'
/** Books have some hundreds. */
const MAX_CHAPTERS = 20_000
const MAX_NAME = 200
/** Fonts alone may be made unreadable outside the book. */
const OF_FONTS = new Set(['http://www.idpf.org/2008/embedding', 'http://ns.adobe.com/pdf/enc#RC'])
const READ = new Set([
  'application/xhtml+xml',
  'text/html',
  'application/x-dtbook+xml',
  'text/x-oeb1-document',
])

export interface Chapter {
  /** Its file in the archive. */
  readonly part: string
  readonly name: string | undefined
  /** Whether it is a text, and no picture. */
  readonly isText: boolean
}

export interface Publication {
  /** The part that describes the book. */
  readonly root: string
  readonly chapters: readonly Chapter[]
}

/** Throws a DocumentProblem. */
export function publicationIn(book: Package): Publication {
  const root = rootOf(book)
  const { items, spine, tables } = contentsOf(book, root)
  const names = new Map(tables.toReversed().flatMap((part) => [...namesIn(book, part)]))
  const chapters = [...new Set(spine)].flatMap((id) => {
    const item = items.get(id)
    return item ? [{ part: item.part, name: names.get(item.part), isText: READ.has(item.type) }] : []
  })
  if (chapters.length === 0) throw book.problem('damaged', 'it names no chapters')
  refuseProtected(book, chapters)
  return { root, chapters }
}

function rootOf(book: Package): string {
  const roots: string[] = []
  book.xml(CONTAINER, {
    open(name, { 'full-path': path }) {
      if (name === 'container:rootfile' && path) roots.push(partAt(CONTAINER, `/${path}`))
    },
  })
  const root = roots.find((part) => book.has(part))
  if (root === undefined)
    throw book.problem('damaged', 'it does not say which of its parts describes the book')
  return root
}

interface Item {
  part: string
  type: string
}

function contentsOf(book: Package, root: string) {
  const items = new Map<string, Item>()
  const spine: string[] = []
  /** Tables of contents: the kind of EPUB 3, and that of EPUB 2. */
  const tables = { newer: new Set<string>(), older: new Set<string>() }
  book.xml(root, {
    open(name, { id, href, idref, properties, 'media-type': type = '' }) {
      if (name === 'opf:item' && id !== undefined && href) {
        const part = partAt(root, href)
        items.set(id, { part, type })
        if (properties?.split(/\s+/).includes('nav')) tables.newer.add(part)
        else if (type === 'application/x-dtbncx+xml') tables.older.add(part)
      }
      if (name === 'opf:itemref' && idref !== undefined && spine.push(idref) > MAX_CHAPTERS)
        throw book.problem('too large', `it has more than ${MAX_CHAPTERS} chapters`)
    },
  })
  return { items, spine, tables: [...tables.newer, ...tables.older] }
}

/** The names of chapters by their files: the first that leads to each. Without a table that can be read there are none. */
function namesIn(book: Package, table: string): Map<string, string> {
  const names = new Map<string, string>()
  let target: string | undefined
  let label = ''
  let isLabel = false
  const named = () => {
    const name = plainText(label).replace(/\s+/g, ' ').trim().slice(0, MAX_NAME).toWellFormed()
    if (target !== undefined && name !== '' && !names.has(target)) names.set(target, name)
  }
  try {
    book.xml(table, {
      open(name, { href, src }) {
        if (name === 'html:a' && href) target = partAt(table, href)
        if (name === 'ncx:content' && src) {
          target = partAt(table, src)
          named()
        }
        if (name === 'html:a' || name === 'ncx:navLabel') {
          label = ''
          isLabel = true
        }
      },
      close(name) {
        if (name === 'html:a') named()
        if (name === 'html:a' || name === 'ncx:navLabel') isLabel = false
      },
      text(text) {
        if (isLabel && label.length < MAX_NAME * 2) label += text
      },
    })
  } catch (problem) {
    if (!(problem instanceof DocumentProblem)) throw problem
  }
  return names
}

/** What a shop has encrypted only its own programs open. */
function refuseProtected(book: Package, chapters: readonly Chapter[]): void {
  const texts = new Set(chapters.map(({ part }) => part))
  let method = ''
  book.xml(ENCRYPTION, {
    open(name, { Algorithm: algorithm = '', URI: target = '' }) {
      if (name.endsWith(':EncryptionMethod')) method = algorithm
      if (
        name.endsWith(':CipherReference') &&
        !OF_FONTS.has(method) &&
        texts.has(partAt(ENCRYPTION, `/${target}`))
      )
        throw book.problem('encrypted', 'it is protected by its shop, whose programs alone open it')
    },
  })
}

/** What a reference leads to within the archive; nothing leads out of it. */
function partAt(from: string, reference: string): string {
  const path = decoded(reference.replace(/[?#].*$/s, ''))
  return join('/', path.startsWith('/') ? path : join(dirname(from), path)).slice(1)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
