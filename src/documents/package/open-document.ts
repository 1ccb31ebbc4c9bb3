/** What all OpenDocument files have. Source: OpenDocument 1.3, parts 2 and 3. */
import type { Package } from './package.ts'
import { type Properties, propertiesOf } from './properties.ts'

/** Throws a DocumentProblem for a document whose text is encrypted. */
export function refuseEncrypted(document: Package): void {
  let isEncrypted = false
  document.xml('META-INF/manifest.xml', {
    open(name) {
      if (name === 'manifest:encryption-data') isEncrypted = true
    },
  })
  if (isEncrypted) throw document.problem('encrypted', 'it is encrypted: save it without a password')
}

/** Whether it has programs of its own: in Basic, or in other languages. */
export const hasMacros = (document: Package): boolean =>
  ['Basic', 'Scripts'].some((folder) => document.hasFolder(folder))

/** What the document says of itself. Throws a DocumentProblem. */
export const openDocumentProperties = (document: Package): Properties => propertiesOf(document, 'meta.xml')
