/** How the parts of an Office document belong together. Source: ECMA-376, part 2. */
import { basename, dirname, join } from 'node:path/posix'
import { MAX_PARTS, type Package } from './package.ts'
import { type Properties, propertiesOf } from './properties.ts'

export interface Relationship {
  /** The last word of its type, such as `worksheet`. */
  readonly type: string
  /** The part that it refers to. */
  readonly target: string
}

/** What a part refers to within the archive, by id; what is outside is never followed. Throws a DocumentProblem. */
export function relationshipsOf(document: Package, part: string): Map<string, Relationship> {
  const found = new Map<string, Relationship>()
  document.xml(join(dirname(part), '_rels', `${basename(part)}.rels`), {
    open(name, { Id, Type, Target, TargetMode }) {
      if (name !== 'rel:Relationship' || !Id || !Type || !Target || TargetMode === 'External') return
      found.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), target: resolved(part, Target) })
      if (found.size > MAX_PARTS)
        throw document.problem('too large', `one of its parts refers to more than ${MAX_PARTS} others`)
    },
  })
  return found
}

/** Nothing leads out of the archive: its root is above itself. */
const resolved = (part: string, target: string): string =>
  join('/', target.startsWith('/') ? target : join(dirname(part), target)).slice(1)

/** The part where reading begins. Throws a DocumentProblem for an archive that names none. */
export function mainPartOf(document: Package): string {
  for (const { type, target } of relationshipsOf(document, '').values())
    if (type === 'officeDocument' && document.has(target)) return target
  throw document.problem('damaged', 'it does not say which of its parts is the text')
}

/** What the document says of itself. Throws a DocumentProblem. */
export function corePropertiesOf(document: Package): Properties {
  const part = [...relationshipsOf(document, '').values()].find(({ type }) => type === 'core-properties')
  return propertiesOf(document, part?.target ?? 'docProps/core.xml')
}
