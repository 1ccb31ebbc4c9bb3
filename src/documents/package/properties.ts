import { languageCode } from '../language.ts'
import { plainText } from '../text.ts'
import type { Package } from './package.ts'

export interface Properties {
  title?: string
  /** ISO 639-1. */
  language?: string
}

/** What a document says of itself in one of its parts, by the words of Dublin Core. Throws a DocumentProblem. */
export function propertiesOf(document: Package, part: string): Properties {
  const found = { 'dc:title': '', 'dc:language': '' }
  let open: keyof typeof found | undefined
  document.xml(part, {
    open(name) {
      open = name === 'dc:title' || name === 'dc:language' ? name : undefined
    },
    text(text) {
      if (open) found[open] += text
    },
    close() {
      open = undefined
    },
  })
  const title = plainText(found['dc:title']).replace(/\s+/g, ' ').trim()
  const language = languageCode(found['dc:language'])
  return { ...(title !== '' && { title }), ...(language !== undefined && { language }) }
}
