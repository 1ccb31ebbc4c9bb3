/** What was found, for people: at a terminal the words that were asked for are coloured. */
import type { Context } from '../../command/command.ts'
import { inLine, styled, writeLine } from '../../command/output.ts'
import {
  type Found,
  type FoundText,
  placeOf,
  sentenceOfMissing,
  whyFound,
} from '../../command/search/found.ts'

/** Prints hits and what follows them. How much is not known yet goes to stderr, so that a pipe gets the hits alone. */
export function showFound({ hits, more, missing }: Found, { io }: Context): void {
  const { stdout, stderr, env } = io
  for (const hit of hits) showHit(hit, (style, text) => styled(stdout, env, style, text), stdout)
  if (more) writeLine(stderr, 'There are more; --limit N shows so many.')
  const sentence = sentenceOfMissing(missing)
  if (sentence !== undefined) writeLine(stderr, sentence)
}

type Style = Parameters<typeof styled>[2]
type Styled = (style: Style, text: string) => string

function showHit(hit: FoundText, style: Styled, stdout: Context['io']['stdout']): void {
  const below = hit.headings.length === 0 ? '' : `  ${style('dim', inLine(hit.headings.join(' › ')))}`
  writeLine(stdout, `${style('blue', inLine(placeOf(hit)))}${below}`)
  writeLine(stdout, `  ${marked(hit, style)}`)
  writeLine(stdout, `  ${style('dim', inLine(whyFound(hit)))}`)
  for (const copy of hit.copies) writeLine(stdout, `  ${style('dim', `also at ${inLine(placeOf(copy))}`)}`)
  const others = hit.copyCount - hit.copies.length
  if (others > 0) writeLine(stdout, `  ${style('dim', `and at ${others} more places`)}`)
  writeLine(stdout, '')
}

/** The snippet in one line, with the words that were found in another look. */
function marked({ snippet, marks }: FoundText, style: Styled): string {
  let at = 0
  let shown = ''
  for (const { start, end } of marks) {
    shown += oneLine(snippet.slice(at, start)) + style(['bold', 'yellow'], oneLine(snippet.slice(start, end)))
    at = end
  }
  return shown + oneLine(snippet.slice(at))
}

const oneLine = (text: string): string => inLine(text.replace(/\s+/g, ' '))
