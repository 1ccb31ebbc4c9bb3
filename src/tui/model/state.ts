/** All that the interface knows. */
import { fuzzyFind } from '../text/fuzzy.ts'
import { PLAIN_RENDERER, type Renderer } from '../text/renderer.ts'
import type { Link, Offer, Overlay, PaletteEntry } from './message.ts'
import type { Tone } from './tone.ts'
import type { AnyView, Area, World } from './view.ts'

/** A line that runs or ran in the background. */
export interface Job {
  id: number
  line: string
  state: 'running' | 'ok' | 'failed'
  /** What it wrote last. */
  output: string
  /** Whether it wrote more, before that. */
  isCut: boolean
}

export interface State {
  views: readonly AnyView[]
  /** Each view's own state, by its name. */
  own: Readonly<Record<string, unknown>>
  view: string
  columns: number
  rows: number
  link: Link
  offer: Offer
  overlays: readonly Overlay[]
  /** When the question on top begins to take keys, by `now`; undefined where it does. */
  settlesAt: number | undefined
  /** The job whose question was typed in last. */
  talkingTo: number | undefined
  notice: { text: string; tone: Tone; until: number } | undefined
  jobs: readonly Job[]
  /** Luca's commands: name, summary, and the line that shows how one is used. */
  commands: readonly { name: string; usage: string; summary: string }[]
  /** Lines that were typed, oldest first. */
  typed: readonly string[]
  mouse: boolean
  theme: 'dark' | 'light'
  themeChosen: boolean
  now: number
  renderer: Renderer
  /** Whether Ctrl-C was the last key, so that the next leaves. */
  leaving: boolean
}

/** Where choices about looks are kept. */
export const CHOICES = { folder: 'choices', name: 'looks' } as const

export const NOTHING_OFFERED: Offer = { tools: [], methods: [], servers: [] }

export interface StateOptions {
  views: readonly AnyView[]
  columns: number
  rows: number
  theme: State['theme']
  now: number
}

export const initialState = ({ views, ...rest }: StateOptions): State => ({
  ...rest,
  views,
  own: Object.fromEntries(views.map((view) => [view.id, view.initial])),
  view: views[0]?.id ?? '',
  link: { state: 'connecting' },
  offer: NOTHING_OFFERED,
  overlays: [],
  settlesAt: undefined,
  talkingTo: undefined,
  notice: undefined,
  jobs: [],
  commands: [],
  typed: [],
  mouse: true,
  themeChosen: false,
  leaving: false,
  renderer: PLAIN_RENDERER,
})

/** The least that a picture fits into. */
export const LEAST: Area = { columns: 60, rows: 20 }
export const isTooSmall = ({ columns, rows }: Pick<State, 'columns' | 'rows'>): boolean =>
  columns < LEAST.columns || rows < LEAST.rows

/** What is left for a view: all but the bar, the notice and the hints. */
export const areaOf = ({ columns, rows }: Pick<State, 'columns' | 'rows'>): Area => ({
  columns,
  rows: rows - 3,
})

export const worldOf = ({ link, offer, now, renderer }: State): World => ({ link, offer, now, renderer })

/** The views whose servers are there. */
export const openViews = ({ views, offer }: State): AnyView[] =>
  views.filter(({ servers }) => !servers || servers.some((name) => offer.servers.includes(name)))

export const currentView = (state: State): AnyView =>
  openViews(state).find(({ id }) => id === state.view) ?? (state.views[0] as AnyView)

export const topOverlay = ({ overlays }: State): Overlay | undefined => overlays.at(-1)

/** Everything that the palette finds for what was typed. */
export function paletteEntries(state: State): PaletteEntry[] {
  const palette = topOverlay(state)
  if (palette?.type !== 'palette') return []
  const query = palette.query.text.replace(/^luca\s+/, '')
  const found = fuzzyFind(
    query,
    everything(state),
    ({ kind, title, luca }) => `${kind} ${title} ${luca ?? ''}`,
  )
  const files = palette.files.map(
    (path): PaletteEntry => ({
      title: path,
      kind: 'file',
      luca: `luca cat ${path}`,
      message: { type: 'go', view: 'files', message: { type: 'reveal', path } },
    }),
  )
  const line = query.trim()
  const run: PaletteEntry = { title: line, kind: 'run', luca: `luca ${line}`, message: { type: 'run', line } }
  const isLine = isRunnable(line, state)
  return [...(isLine ? [run] : []), ...found, ...files, ...(line !== '' && !isLine ? [run] : [])]
}

/** Whether a line begins with something that can be run. */
function isRunnable(line: string, { commands, offer }: State): boolean {
  const [word = '', ...rest] = line.split(/\s+/)
  if (commands.some(({ name }) => name === word)) return rest.length > 0 || /^\S+$/.test(line)
  return offer.methods.includes(word) || offer.tools.some(({ name }) => name === word)
}

function everything(state: State): PaletteEntry[] {
  const world = worldOf(state)
  const views = openViews(state)
  const here = currentView(state)
  const ordered = [here, ...views.filter((view) => view !== here)]
  return [
    ...ordered.flatMap((view) =>
      view.actions(state.own[view.id], world).map(
        ({ title, luca, message }): PaletteEntry => ({
          title,
          kind: view.title.toLowerCase(),
          ...(luca ? { luca } : {}),
          message: { type: 'go', view: view.id, message },
        }),
      ),
    ),
    ...views.map(
      ({ id, title }): PaletteEntry => ({ title, kind: 'view', message: { type: 'go', view: id } }),
    ),
    ...GENERAL,
    ...state.offer.tools.map(
      ({ name, title }): PaletteEntry => ({
        title: title ? `${name}  ${title}` : name,
        kind: 'tool',
        luca: `luca call ${name}`,
        message: { type: 'go', view: 'tools', message: { type: 'reveal', name } },
      }),
    ),
    ...state.commands.map(
      ({ name, usage, summary }): PaletteEntry => ({
        title: `${name}  ${summary}`,
        kind: 'command',
        luca: usage,
        message: { type: 'fill', line: `${name} ` },
      }),
    ),
    ...v1Methods(state.offer).map(
      (name): PaletteEntry => ({
        title: name,
        kind: 'method',
        luca: `luca call ${name}`,
        message: { type: 'fill', line: `${name} ` },
      }),
    ),
  ]
}

/** Those that are not a tool by another name. */
function v1Methods({ methods, tools }: Offer): string[] {
  const named = new Set(tools.map(({ name }) => `mcp.${name.replace('_', '.')}`))
  return methods.filter((name) => !named.has(name))
}

const GENERAL: readonly PaletteEntry[] = [
  { title: 'Help: all keys', kind: 'luca', message: { type: 'open', overlay: { type: 'help', top: 0 } } },
  {
    title: 'Background jobs',
    kind: 'luca',
    message: { type: 'open', overlay: { type: 'jobs', selected: 0 } },
  },
  { title: 'Mouse: give it to the terminal, or take it', kind: 'luca', message: { type: 'toggle-mouse' } },
  { title: 'Theme: dark or light', kind: 'luca', message: { type: 'toggle-theme' } },
  {
    title: 'Connect to the gateway again',
    kind: 'luca',
    luca: 'luca doctor',
    message: { type: 'reconnect' },
  },
  { title: 'Leave luca', kind: 'luca', message: { type: 'quit' } },
]
