/** Says what a traversal left out. */
import { quoted } from '../confined/explain.ts'
import { type LeftOut, WHY } from '../confined/left-out.ts'

export const leftOutNotes = (leftOut: LeftOut): string[] =>
  [...leftOut].map(({ why, count, first }) => {
    const example = first === '' ? 'the folder itself' : `${count > 1 ? 'such as ' : ''}${quoted(first)}`
    return `Folders ${WHY[why]}: ${count} (${example}).${why === 'too-deep' ? ' Begin further down.' : ''}`
  })
