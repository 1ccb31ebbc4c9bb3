/** Which way a file is read, by its name. */
import { extname } from 'node:path'
import type { ReadBlocks } from './block.ts'
import { readCode } from './code.ts'
import { readCsv } from './csv.ts'
import { readJson } from './json.ts'
import { readMarkdown } from './markdown.ts'
import { readPlain } from './plain.ts'

export type Format = 'text' | 'markdown' | 'html' | 'code' | 'csv' | 'json' | 'email'

const EXTENSIONS: Readonly<Record<Format, string>> = {
  text: 'txt text log rst adoc asciidoc org tex srt vtt ini cfg conf properties env toml yaml yml nfo diff patch',
  markdown: 'md markdown mdown mkd mdx',
  html: 'html htm xhtml',
  code: 'js mjs cjs jsx ts mts cts tsx py pyi rb php java kt kts scala groovy c h cc cpp cxx hpp hh cs go rs swift m mm sh bash zsh fish ps1 pl pm lua r jl hs ml mli fs fsx clj cljs ex exs erl dart vue svelte css scss less sql proto graphql tf nix zig v vhd asm s el lisp scm vim mk cmake gradle',
  csv: 'csv tsv tab',
  json: 'json jsonl ndjson json5 geojson ipynb webmanifest',
  email: 'eml',
}
const NAMES: Readonly<Record<string, Format>> = {
  makefile: 'code',
  dockerfile: 'code',
  readme: 'text',
  license: 'text',
  changelog: 'text',
  todo: 'text',
  notes: 'text',
}
const BY_EXTENSION = new Map(
  Object.entries(EXTENSIONS).flatMap(([format, all]) =>
    all.split(' ').map((extension) => [`.${extension}`, format as Format]),
  ),
)

/** Undefined for a name that says nothing of text: such files are not read at all. */
export function formatOf(name: string): Format | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase()
  return BY_EXTENSION.get(extname(base)) ?? NAMES[base]
}

/** Those formats that need no library. HTML and mail are loaded by what reads them. */
export const READERS = {
  text: readPlain,
  markdown: readMarkdown,
  code: readCode,
  csv: readCsv,
  json: readJson,
} satisfies Partial<Record<Format, ReadBlocks>>
