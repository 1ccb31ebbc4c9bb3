/** The search as it is seen: what is typed, how much was found, names, and passages with two rows each. */
import { type FoundText, placeOf, sentenceOfMissing } from '../../../command/search/found.ts'
import { showEditor } from '../../model/editor.ts'
import { showList } from '../../model/selection.ts'
import type { Area, Drawing } from '../../model/view.ts'
import { clip, clipStart, widthOf } from '../../text/cells.ts'
import { EMPTY, type Line, line, on, paragraph, span, spread, styled } from '../../text/lines.ts'
import { hiddenNames, isUnindexed, itemsOf, questionOf } from './search.ts'
import type { FilesState, Part, Search } from './state.ts'

/** Of what is said about an answer so many rows are shown. */
const MOST_ROWS = 3

export function searching(state: FilesState, search: Search, { columns, rows }: Area): Drawing {
  const { folder } = search
  const label = folder === '/' ? 'Search: ' : `Search in ${clipStart(folder, Math.floor(columns / 3))}: `
  const field = showEditor(search.query, columns - widthOf(label) - 2, 1)
  const head = on('plain', line(span(label, 'accent'), field.lines[0] ?? ''))
  const about = aboutOf(state, search).flatMap((text) => paragraph(text, columns, 'dim'))
  const above = [head, ...about.slice(0, MOST_ROWS), EMPTY]
  return {
    lines: [...above, ...results(search, columns, Math.max(0, rows - above.length))],
    cursor: { row: 0, column: widthOf(label) + field.cursor.column },
  }
}

/** How much was found, and what may be missing; sentences and the like. */
function aboutOf(state: FilesState, search: Search): string[] {
  const { names, texts, missing, folder } = search
  const question = questionOf(search)
  if (question === '' && !isUnindexed(state, search)) return ['']
  const isEmpty = isUnindexed(state, search) && !texts?.found?.length
  const counts = [
    countOf(search, names, 'found by name', 'that were found by name'),
    ...(texts && !isEmpty ? [countOf(search, texts, 'by what files say', 'by what files say')] : []),
  ].filter((text) => text !== '')
  const asked = texts && !isEmpty ? [names, texts] : [names]
  if (asked.some(({ query }) => query !== question)) counts.push('searching …')
  const isNothing = counts.length === asked.length && asked.every(({ found }) => found?.length === 0)
  const why = [names.note, isEmpty ? undefined : texts?.note].filter((note) => note !== undefined)
  const what = folder === '/' ? 'nothing is indexed yet' : `${folder} is not indexed`
  const offer = `Only names are searched: ${what}. Alt-I has files found by what they say.`
  const sentence = missing && !isEmpty ? sentenceOfMissing(missing) : undefined
  const told = isNothing ? 'Nothing was found.' : counts.join(', ')
  return [told, ...why, ...(isEmpty ? [offer] : sentence === undefined ? [] : [sentence])]
}

function countOf(
  search: Search,
  { found, hasMore, note, ...of }: Part<unknown>,
  all: string,
  first: string,
): string {
  if (found === undefined || note !== undefined || of.query !== questionOf(search)) return ''
  return hasMore ? `the first ${found.length} ${first}` : `${found.length} ${all}`
}

function results(search: Search, columns: number, rows: number): Line[] {
  const items = itemsOf(search)
  const drawn: { item: number; draw(): Line }[] = []
  let selected = 0
  for (const [at, item] of items.entries()) {
    if (at === search.selected) selected = drawn.length
    if (item.type === 'name') {
      drawn.push({ item: at, draw: () => line(clipStart(item.path, columns)) })
      const isLast = items[at + 1]?.type === 'text'
      const hidden = isLast ? hiddenNames(search) : 0
      if (hidden > 0)
        drawn.push({ item: -1, draw: () => styled(`and ${hidden} more names: Tab shows them`, 'dim') })
      if (isLast) drawn.push({ item: -1, draw: () => EMPTY })
    } else
      drawn.push(
        { item: at, draw: () => placeLine(item.hit, columns) },
        { item: at, draw: () => snippetLine(item.hit) },
      )
  }
  return showList(drawn.length, selected, rows, (i) => drawn[i]?.draw() ?? EMPTY)
}

/** Where it stands, and the headings above it as far as there is room. */
function placeLine(hit: FoundText, columns: number): Line {
  const headings = clip(hit.headings.join(' › '), Math.floor(columns / 2))
  const room = columns - (headings === '' ? 0 : widthOf(headings) + 2)
  const place = line(span(clipStart(placeOf(hit), room), 'accent'))
  return headings === '' ? place : spread(place, styled(` ${headings}`, 'dim'), columns)
}

/** One line of the passage, with what was asked for in it. */
function snippetLine({ snippet, marks }: FoundText): Line {
  const spans = [span('  ')]
  let at = 0
  for (const { start, end } of marks) {
    spans.push(span(snippet.slice(at, start), 'dim'), span(snippet.slice(start, end), 'strong'))
    at = end
  }
  spans.push(span(snippet.slice(at), 'dim'))
  return { spans: spans.map((one) => ({ ...one, text: one.text.replace(/\s/g, ' ') })) }
}
