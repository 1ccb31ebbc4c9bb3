/** Says what a traversal left out. */
import type { LeftOut } from '../files.ts'

export const newLeftOut = (): LeftOut => ({ unreadable: 0, tooDeep: 0, tooLarge: 0 })

export function leftOutNotes({ unreadable, tooDeep, tooLarge }: LeftOut): string[] {
  const notes: string[] = []
  if (unreadable > 0) notes.push(`Folders that could not be read: ${unreadable}.`)
  if (tooDeep > 0) notes.push(`Folders nested too deep to be gone into: ${tooDeep}; begin further down.`)
  if (tooLarge > 0) notes.push(`Folders with too many entries to be shown whole: ${tooLarge}.`)
  return notes
}
