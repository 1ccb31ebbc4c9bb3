/**
 * Calendars: events, tasks and journals, each a heading and what is known of it. Repetitions are put in words, and alarms left out. Source:
 * RFC 5545.
 */
import { headingOf, type TextBlock } from '../text/block.ts'
import { type ContentLine, contentLines, textOf } from './content-lines.ts'
import { datesOf, ruleInWords, whenOf } from './words.ts'

const ENTRIES: Readonly<Record<string, string>> = { VEVENT: 'Event', VTODO: 'Task', VJOURNAL: 'Journal' }
const CALENDAR = 'VCALENDAR'
const NAMES = ['X-WR-CALNAME', 'NAME']
/** Of one name in one entry, such as those who are invited. */
const MAX_LINES = 200

interface Entry {
  kind: string
  start: number
  /** Where its first line ends. */
  beginEnd: number
  lines: Map<string, ContentLine[]>
}

export function* readIcs(text: string): Generator<TextBlock> {
  const open: string[] = []
  let entry: Entry | undefined
  let hasTitle = false
  let end = 0
  for (const line of contentLines(text)) {
    const { name, value, start } = line
    const component = value.trim().toUpperCase()
    end = line.end
    if (name === 'BEGIN') {
      if (open.length < MAX_DEPTH) open.push(component)
      const kind = ENTRIES[component]
      if (kind !== undefined && !entry) entry = { kind, start, beginEnd: end, lines: new Map() }
    } else if (name === 'END') {
      const at = open.lastIndexOf(component)
      if (at !== -1) open.length = at
      if (entry && ENTRIES[component] === entry.kind) {
        yield* entryBlocks(entry, end)
        entry = undefined
      }
    } else if (entry) {
      if (ENTRIES[open.at(-1) ?? ''] === entry.kind) keep(entry, line)
    } else if (open.at(-1) === CALENDAR && NAMES.includes(name) && !hasTitle && textOf(value) !== '') {
      hasTitle = true
      yield { kind: 'title', text: textOf(value), start, end }
    }
  }
  if (entry) yield* entryBlocks(entry, end)
}

const MAX_DEPTH = 100

function keep({ lines }: Entry, line: ContentLine): void {
  const same = lines.get(line.name)
  if (!same) lines.set(line.name, [line])
  else if (same.length < MAX_LINES) same.push(line)
}

function* entryBlocks({ kind, start, beginEnd, lines }: Entry, end: number): Generator<TextBlock> {
  const first = (name: string) => lines.get(name)?.[0]
  const text = (name: string) => textOf(first(name)?.value ?? '')
  const all = (name: string) => lines.get(name) ?? []
  const facts: [string, string | undefined][] = [
    ['When', when(first('DTSTART'), first('DTEND'), first('DURATION'))],
    ['Due', when(first('DUE'))],
    ['Completed', when(first('COMPLETED'))],
    [
      'Repeats',
      all('RRULE')
        .map(({ value }) => ruleInWords(value))
        .join('; '),
    ],
    ['Also on', all('RDATE').map(datesOf).join(', ')],
    ['Not on', all('EXDATE').map(datesOf).join(', ')],
    ['Instead of', when(first('RECURRENCE-ID'))],
    ['Where', text('LOCATION')],
    ['Organizer', all('ORGANIZER').map(person).join(', ')],
    ['Attendees', all('ATTENDEE').map(person).join(', ')],
    ['Status', text('STATUS').toLowerCase()],
    [
      'Categories',
      all('CATEGORIES')
        .map(({ value }) => textOf(value))
        .join(', '),
    ],
    ['Link', text('URL')],
  ]
  const told = facts.filter(([, what]) => what).map(([name, what]) => `${name}: ${what}`)
  const description = all('DESCRIPTION')
    .map(({ value }) => textOf(value))
    .join('\n\n')
  yield { kind: 'heading', text: headingOf(text('SUMMARY')) || kind, level: 1, start, end: beginEnd }
  yield {
    kind: 'paragraph',
    text: [told.join('\n'), description].filter(Boolean).join('\n\n'),
    start: beginEnd,
    end,
  }
}

const when = (start?: ContentLine, end?: ContentLine, duration?: ContentLine): string | undefined =>
  start && whenOf(start, end, duration)

/** By name and address, as far as both are there. */
function person({ parameters, value }: ContentLine): string {
  const address = value.trim().replace(/^mailto:/i, '')
  const name = parameters.get('CN')?.trim()
  return name && name !== address ? `${name} <${address}>` : address
}
