/** The formats that are read: one row each, with how its name and its bytes tell it. Their readers are in `readers.ts`. */
import { extname } from 'node:path'
import type { PartKind } from './document.ts'

interface FormatRow {
  /** The last parts of names. */
  extensions: string
  /** Whole names, in lower case. */
  names?: string
  /** What its bytes have within the first kilobyte. */
  begins?: string
  /** Of a zip archive: what its `mimetype` or its `[Content_Types].xml` says, one or several. */
  inZip?: readonly string[]
  /** Its header tells it (`picture/header.ts`). */
  isPicture?: true
  /** What it is divided into, so that a part can be asked for; not all documents of a format say where their parts begin. */
  parts?: PartKind
  /** Which part of a file is read for searching that is too long for all of it; of `header` no more is ever read there. */
  longer: 'beginning and end' | 'beginning' | 'none' | 'header'
  /** Whether it is mostly what people write, so that its language can be told. */
  isProse: boolean
  /** Whether people read its text as it stands in the file. */
  isAsWritten?: boolean
}

export const FORMATS = {
  text: {
    extensions:
      'txt text log rst adoc asciidoc org tex bib srt vtt ini cfg conf properties env toml yaml yml nfo diff patch vcf desktop service reg textile wiki me 1st',
    names: 'readme license licence copying changelog changes todo notes authors contributing news install',
    longer: 'beginning and end',
    isProse: true,
    isAsWritten: true,
  },
  markdown: {
    extensions: 'md markdown mdown mkd mdx qmd rmd',
    longer: 'beginning and end',
    isProse: true,
    isAsWritten: true,
  },
  html: {
    extensions: 'html htm xhtml',
    longer: 'beginning',
    isProse: true,
  },
  code: {
    extensions:
      'js mjs cjs jsx ts mts cts tsx py pyi pyw rb php java kt kts scala groovy c h cc cpp cxx hpp hh hxx ino cs go rs swift m mm sh bash zsh fish ps1 psm1 bat cmd pl pm t lua r jl hs ml mli fs fsx clj cljs ex exs erl hrl dart vue svelte css scss sass less sql proto graphql tf nix zig v sv vhdl asm s el lisp scm vim mk cmake gradle pas f90 f for cob cbl ada adb ads nim cr d awk sed xml xsd xsl astro plist',
    names:
      'makefile gnumakefile dockerfile containerfile rakefile gemfile vagrantfile jenkinsfile justfile cmakelists.txt pkgbuild',
    longer: 'beginning and end',
    isProse: false,
    isAsWritten: true,
  },
  csv: {
    extensions: 'csv tsv tab psv',
    longer: 'beginning and end',
    isProse: false,
    isAsWritten: true,
  },
  json: {
    extensions: 'json jsonl ndjson json5 jsonc geojson webmanifest har',
    longer: 'beginning',
    isProse: false,
  },
  calendar: {
    extensions: 'ics ical ifb',
    longer: 'beginning',
    isProse: true,
  },
  notebook: {
    extensions: 'ipynb',
    longer: 'beginning',
    isProse: true,
  },
  email: {
    extensions: 'eml',
    longer: 'beginning',
    isProse: true,
  },
  pdf: {
    extensions: 'pdf',
    begins: '%PDF-',
    parts: 'page',
    longer: 'none',
    isProse: true,
  },
  docx: {
    extensions: 'docx docm dotx dotm',
    inZip: [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml',
      'application/vnd.ms-word.document.macroEnabled.main+xml',
      'application/vnd.ms-word.template.macroEnabledTemplate.main+xml',
    ],
    parts: 'page',
    longer: 'none',
    isProse: true,
  },
  xlsx: {
    extensions: 'xlsx xlsm xltx xltm xlsb',
    inZip: [
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml',
      'application/vnd.ms-excel.sheet.macroEnabled.main+xml',
      'application/vnd.ms-excel.template.macroEnabled.main+xml',
      'application/vnd.ms-excel.sheet.binary.macroEnabled.main',
    ],
    parts: 'sheet',
    longer: 'none',
    isProse: false,
  },
  ods: {
    extensions: 'ods ots',
    inZip: [
      'application/vnd.oasis.opendocument.spreadsheet',
      'application/vnd.oasis.opendocument.spreadsheet-template',
    ],
    parts: 'sheet',
    longer: 'none',
    isProse: false,
  },
  pptx: {
    extensions: 'pptx pptm ppsx ppsm potx potm',
    inZip: [
      'application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml',
      'application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml',
      'application/vnd.openxmlformats-officedocument.presentationml.template.main+xml',
      'application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml',
      'application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml',
      'application/vnd.ms-powerpoint.template.macroEnabled.main+xml',
    ],
    parts: 'slide',
    longer: 'none',
    isProse: true,
  },
  odt: {
    extensions: 'odt ott odm',
    inZip: [
      'application/vnd.oasis.opendocument.text',
      'application/vnd.oasis.opendocument.text-template',
      'application/vnd.oasis.opendocument.text-master',
    ],
    parts: 'page',
    longer: 'none',
    isProse: true,
  },
  odp: {
    extensions: 'odp otp',
    inZip: [
      'application/vnd.oasis.opendocument.presentation',
      'application/vnd.oasis.opendocument.presentation-template',
    ],
    parts: 'slide',
    longer: 'none',
    isProse: true,
  },
  epub: {
    extensions: 'epub',
    inZip: ['application/epub+zip'],
    parts: 'chapter',
    longer: 'none',
    isProse: true,
  },
  picture: {
    extensions: 'png jpg jpeg jpe tif tiff webp bmp',
    isPicture: true,
    longer: 'header',
    isProse: true,
  },
} as const satisfies Readonly<Record<string, FormatRow>>

export type Format = keyof typeof FORMATS

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly Format[]

export const formatRow = (format: Format): FormatRow => FORMATS[format]

/** Whether the bytes of a file are something else than what people read of it. */
export const isCoded = (format: Format): boolean =>
  formatRow(format).isAsWritten !== true && format !== 'json'

/** What files of a format are divided into, where they say so; undefined for those that are one. */
export const partsOf = (format: string): PartKind | undefined =>
  Object.entries<FormatRow>(FORMATS).find(([name]) => name === format)?.[1].parts

const byName = (column: 'extensions' | 'names') =>
  new Map(
    Object.entries<FormatRow>(FORMATS).flatMap(([format, row]) =>
      (row[column]?.split(' ') ?? []).map((name) => [name, format as Format]),
    ),
  )
const BY_EXTENSION = byName('extensions')
const BY_NAME = byName('names')

/** What is not read, by the last part of its name, and as people call it. */
const NOT_READ: Readonly<Record<string, string>> = {
  'Documents of this kind': 'doc dot rtf pages mobi azw3 djvu ps xps msg pst mbox one',
  Spreadsheets: 'xls numbers parquet',
  Presentations: 'ppt key',
  'Pictures of this kind':
    'gif heic heif avif ico svg psd xcf raw cr2 nef arw dng ai eps kra blend stl dwg dxf',
  'Sound and film':
    'mp3 m4a aac flac ogg oga opus wav wma aiff mid midi mp4 m4v mkv mov avi webm wmv flv mpg mpeg 3gp vob m2ts',
  Archives:
    'zip tar gz tgz bz2 xz zst 7z rar lz4 lzma cab iso img dmg vmdk vdi qcow2 vhd vhdx jar war apk deb rpm msi whl',
  'Programs and their data':
    'exe dll so o a lib obj class pyc pyo wasm bin dat db db3 sqlite sqlite3 mdb accdb dbf pack idx ttf otf woff woff2 eot swf gguf onnx safetensors pt pth npy npz h5 pkl torrent crx lock map min.js min.css',
  Keys: 'gpg pgp asc pem key crt cer der p12 pfx kdbx keystore jks',
}
const WHY_NOT = new Map(
  Object.entries(NOT_READ).flatMap(([what, all]) => all.split(' ').map((extension) => [extension, what])),
)

/**
 * Which way a file is read, by its name; `unknown` where its content has to say, and undefined for what is not read at all.
 */
export function formatOf(name: string): Format | 'unknown' | undefined {
  const { base, extension, ending } = parts(name)
  if (WHY_NOT.has(ending)) return undefined
  const format = BY_NAME.get(base) ?? BY_EXTENSION.get(extension)
  return format ?? (WHY_NOT.has(extension) ? undefined : 'unknown')
}

/** Why a file of this name is not read, as a sentence; undefined for one that is. */
export function whyNotRead(name: string): string | undefined {
  if (formatOf(name) !== undefined) return undefined
  const { extension, ending } = parts(name)
  const what = WHY_NOT.get(ending) ?? WHY_NOT.get(extension)
  return `${what} (.${extension}) are not read.`
}

/** In lower case: the name alone, what is behind its last point, and what is behind the one before. */
function parts(name: string): { base: string; extension: string; ending: string } {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase()
  return { base, extension: extname(base).slice(1), ending: base.split('.').slice(1).slice(-2).join('.') }
}

/** How far the content is looked at. */
const LOOKED_AT = 1024

/** The format of a text whose name says nothing. */
export function formatByContent(text: string): Format {
  const beginning = text.slice(0, LOOKED_AT).trimStart()
  if (/^#!/.test(beginning) || /^<\?(?:php|xml)/i.test(beginning)) return 'code'
  if (/^<!doctype html|^<html[\s>]/i.test(beginning)) return 'html'
  if (/^(?:\{\s*(?:"|\})|\[\s*(?:[{["\]]|-?\d))/.test(beginning)) return 'json'
  if (/^BEGIN:VCALENDAR\b/i.test(beginning)) return 'calendar'
  if (isMail(beginning)) return 'email'
  if (
    /^#{1,3} \S/m.test(beginning) &&
    !/^#(?!#{0,5} |$)/m.test(beginning) &&
    /\n#{1,3} \S|\n\n/.test(beginning)
  )
    return 'markdown'
  return 'text'
}

/** What every mail has among its first lines. */
const isMail = (beginning: string): boolean =>
  /^(?:[\w-]{1,60}: ?.*\r?\n)/.test(beginning) &&
  ['From', 'Date'].every((header) => new RegExp(`^${header}: .+`, 'mi').test(beginning)) &&
  /^(?:Received|Message-ID|MIME-Version|Subject): /im.test(beginning)
