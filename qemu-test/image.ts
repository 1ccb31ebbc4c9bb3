/** The images that are tested, as `make iso` leaves them. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/servers.ts'

/** What the image stands on: make says it. */
export const BASE = process.env.BASE === 'arch' ? 'arch' : 'debian'

/** The kinds of images: two on the base of Debian, and the one of Arch. */
export type Kind = 'cloud' | 'generic' | 'arch'

/** The image that is meant where none is named. */
const KIND: Kind = BASE === 'arch' ? 'arch' : 'cloud'
const OUT = join(ROOT, 'out')

const find = (ending: string, kind: Kind, folder: string): string | undefined =>
  globSync(join(folder, `llmbasedos-*-${kind}.${ending}`))[0]

export const isBuilt = (kind: Kind): boolean => find('iso', kind, OUT) !== undefined

/** The file of an image with such an ending, such as `iso`, in the folder of the project or another one. */
export function builtFile(
  ending: string,
  { kind = KIND, folder = OUT }: { kind?: Kind | undefined; folder?: string | undefined } = {},
): string {
  const path = find(ending, kind, folder)
  if (path !== undefined) return path
  const how = kind === 'arch' ? 'BASE=arch' : `BASE=debian KERNEL=${kind}`
  throw new Error(`There is no image; "make iso ${how}" builds it.`)
}
