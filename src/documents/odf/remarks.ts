import { hasMacros } from '../package/open-document.ts'
import type { Package } from '../package/package.ts'
import type { Seen } from './flow.ts'

/** What is in a document and is not read, as sentences. */
export function remarksOn(document: Package, { hasHidden, hasChanges }: Seen): string[] {
  return [
    hasHidden && 'It has hidden text, which is left out.',
    hasChanges && 'It has recorded changes; what was deleted is left out.',
    hasMacros(document) && 'It has macros, which are not run.',
  ].filter((remark) => remark !== false)
}
