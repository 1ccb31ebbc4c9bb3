/** HTML as people see it: its text by paragraphs, below its headings, without scripts, styles and what is hidden. */
import { Parser } from 'htmlparser2'
import type { Block } from './block.ts'

const UNSEEN = new Set(['script', 'style', 'noscript', 'template', 'svg', 'head', 'nav', 'iframe', 'object'])
/** Elements that go on within a line; all others end it. */
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
)
const CELLS = new Set(['td', 'th'])
const MAX_HEADING = 200

export function readHtml(text: string): Block[] {
  const blocks: Block[] = []
  const path: (string | undefined)[] = []
  let title = ''
  let unseen = 0
  let isTitle = false
  let level: number | undefined
  let words = ''
  let start: number | undefined
  let end = 0
  const headings = () =>
    [title.trim(), ...path].filter((one): one is string => one !== undefined && one !== '')
  const close = () => {
    const content = words.replace(/\s+/g, ' ').trim()
    words = ''
    if (content !== '' && start !== undefined) {
      if (level !== undefined) {
        path.length = Math.min(path.length, level - 1)
        path[level - 1] = content.slice(0, MAX_HEADING)
      }
      blocks.push({ headings: headings(), start, end, content })
    }
    start = undefined
  }
  const parser = new Parser(
    {
      onopentagname(name) {
        if (name === 'title') isTitle = true
        if (UNSEEN.has(name)) unseen++
        else if (CELLS.has(name)) words += ' '
        else if (!INLINE.has(name)) close()
        if (/^h[1-6]$/.test(name)) level = Number(name[1])
      },
      ontext(part) {
        if (isTitle) title = (title + part).slice(0, MAX_HEADING)
        if (unseen > 0 || isTitle) return
        if (start === undefined && part.trim() === '') return
        start ??= parser.startIndex
        end = parser.endIndex + 1
        words += part
      },
      onclosetag(name) {
        if (name === 'title') isTitle = false
        if (UNSEEN.has(name)) unseen = Math.max(0, unseen - 1)
        else if (!INLINE.has(name) && !CELLS.has(name)) close()
        if (/^h[1-6]$/.test(name)) level = undefined
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  )
  parser.end(text)
  close()
  return blocks
}
