/** Paragraphs of the documentation: words as people write them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCS = 'docs'

/** As long as passages are, in Markdown. */
export function paragraphs(): string[] {
  return readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .flatMap((name) => readFileSync(join(DOCS, name), 'utf8').split(/\n\n+/))
    .filter((text) => text.length > 150 && text.length < 600)
}
