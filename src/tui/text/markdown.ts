/** Markdown → lines, by marked's lexer. */
import { lexer, type Token, type Tokens } from 'marked'
import { widthOf } from './cells.ts'
import { codeSpans } from './code.ts'
import {
  EMPTY,
  expandTabs,
  fit,
  type Line,
  lineWidth,
  paragraph,
  type Role,
  type Span,
  span,
  styled,
  wrap,
} from './lines.ts'

/** Quotes and lists that are nested deeper than this are shown as they were written. */
const MAX_DEPTH = 12

export function markdownLines(text: string, columns: number): Line[] {
  let tokens: Token[]
  try {
    tokens = lexer(text)
  } catch {
    // What the lexer can't take is still text.
    return paragraph(text, columns)
  }
  return blocks(tokens, columns, 0)
}

function blocks(tokens: readonly Token[], columns: number, depth: number): Line[] {
  const lines: Line[] = []
  for (const token of tokens) {
    if (token.type === 'space') continue
    const own = depth > MAX_DEPTH ? paragraph(token.raw, columns) : block(token, Math.max(8, columns), depth)
    const isTight = depth > 0 && (token.type === 'text' || token.type === 'list')
    if (lines.length > 0 && own.length > 0 && !isTight) lines.push(EMPTY)
    lines.push(...own)
  }
  return lines
}

function block(token: Token, columns: number, depth: number): Line[] {
  switch (token.type) {
    case 'heading': {
      const { depth: level, tokens } = token as Tokens.Heading
      const mark = level > 2 ? [span(`${'#'.repeat(level)} `, 'dim')] : []
      return wrap({ spans: [...mark, ...inline(tokens, 'heading')] }, columns)
    }
    case 'paragraph':
    case 'text':
      return folded(inline((token as Tokens.Paragraph).tokens ?? [token], 'text'), columns)
    case 'code': {
      const { text, lang } = token as Tokens.Code
      return indented(codeLines(text, lang ?? '', columns - 2), span('│ ', 'border'))
    }
    case 'blockquote':
      return indented(blocks((token as Tokens.Blockquote).tokens, columns - 2, depth + 1), span('▌ ', 'dim'))
    case 'list':
      return list(token as Tokens.List, columns, depth)
    case 'table':
      return table(token as Tokens.Table, columns)
    case 'hr':
      return [styled('─'.repeat(Math.min(columns, 40)), 'border')]
    default:
      return paragraph(token.raw.trimEnd(), columns)
  }
}

/** Lines that are too long are folded, never cut: they are what was asked for. */
const codeLines = (text: string, language: string, columns: number): Line[] =>
  codeSpans(expandTabs(text), language.split(/\s/, 1)[0] ?? '').flatMap((spans) => wrap({ spans }, columns))

const indented = (lines: readonly Line[], mark: Span): Line[] =>
  lines.map(({ spans }) => ({ spans: [mark, ...spans] }))

function list({ items, ordered, start }: Tokens.List, columns: number, depth: number): Line[] {
  return items.flatMap((item, i) => {
    const number = ordered ? `${Number(start || 1) + i}. ` : item.task ? (item.checked ? '✓ ' : '○ ') : '• '
    const own = blocks(item.tokens, columns - number.length, depth + 1)
    return own.map(
      ({ spans }, row): Line => ({
        spans: [span(row === 0 ? number : ' '.repeat(number.length), 'accent'), ...spans],
      }),
    )
  })
}

function table({ header, rows }: Tokens.Table, columns: number): Line[] {
  const all = [header, ...rows].map((row) =>
    row.map((cell) => ({ spans: inline(cell.tokens, 'text') }) as Line),
  )
  const natural = header.map((_, i) => Math.max(1, ...all.map((row) => lineWidth(row[i] ?? EMPTY))))
  const view = columns - 3 * (header.length - 1)
  const total = natural.reduce((sum, width) => sum + width, 0)
  const widths =
    total <= view ? natural : natural.map((width) => Math.max(3, Math.floor((width * view) / total)))
  const lines = all.map(
    (row): Line => ({
      spans: row.flatMap((cell, i) => [
        ...(i > 0 ? [span(' │ ', 'border')] : []),
        ...fit(cell, widths[i] ?? 3).spans,
      ]),
    }),
  )
  const rule = styled(widths.map((width) => '─'.repeat(width)).join('─┼─'), 'border')
  return [...lines.slice(0, 1), rule, ...lines.slice(1)]
}

/** Line breaks within a paragraph are those of the text. */
function folded(spans: readonly Span[], columns: number): Line[] {
  const lines: Span[][] = [[]]
  for (const one of spans)
    for (const [i, text] of one.text.split('\n').entries()) {
      if (i > 0) lines.push([])
      ;(lines.at(-1) as Span[]).push({ ...one, text })
    }
  return lines.flatMap((line) => wrap({ spans: line }, columns))
}

function inline(tokens: readonly Token[], role: Role): Span[] {
  return tokens.flatMap((token): Span[] => {
    switch (token.type) {
      case 'strong':
        return inline((token as Tokens.Strong).tokens, role === 'text' ? 'strong' : role)
      case 'em':
        return inline((token as Tokens.Em).tokens, role === 'text' ? 'emphasis' : role)
      case 'del':
        return inline((token as Tokens.Del).tokens, 'dim')
      case 'codespan':
        return [span((token as Tokens.Codespan).text, 'code')]
      case 'br':
        return [span('\n')]
      case 'link': {
        // Where it leads is shown too: a text must not hide it.
        const { text, href, tokens: own } = token as Tokens.Link
        const to = text === href || widthOf(href) === 0 ? [] : [span(` (${href})`, 'dim')]
        return [...inline(own, 'link'), ...to]
      }
      case 'image':
        return [span(`[${(token as Tokens.Image).text || 'image'}] (${(token as Tokens.Image).href})`, 'dim')]
      case 'text':
      case 'escape': {
        const { tokens: own, text } = token as Tokens.Text
        return own ? inline(own, role) : [span(text, role)]
      }
      default:
        return [span(token.raw, role)]
    }
  })
}
