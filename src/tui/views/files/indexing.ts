/** Which folders are searched by what their files say: shown, chosen, and followed while they are read. */
import { textOf } from '../../../command/catalogue.ts'
import {
  hasAllMeaning,
  INDEX_TOOLS,
  type IndexStatus,
  indexedAs,
  indexStatusIn,
  progressOf,
} from '../../../command/search/index-status.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { structureIn } from '../../model/answers.ts'
import { type Outcome, step } from '../../model/effects.ts'
import type { World } from '../../model/view.ts'
import { type FilesEffect, type FilesMessage, type FilesState, type FilesStep, TRASH } from './state.ts'

const LOOK_MS = 1000
const LOOK = 'index-status'

/** Servers that can have folders searched have this tool. */
export const canIndex = ({ offer }: World): boolean =>
  offer.tools.some(({ name }) => name === INDEX_TOOLS.status)

export const askIndex = (): FilesEffect => ({
  type: 'tool',
  name: INDEX_TOOLS.status,
  arguments: {},
  consent: 'person',
  key: LOOK,
  reply: (outcome) => ({ type: 'indexed', outcome: structureIn(outcome, indexStatusIn) }),
})

/** Looked at again while there is something to do, as long as the view is in sight. */
export function indexed(state: FilesState, outcome: Outcome<IndexStatus>): FilesStep {
  if (!outcome.ok) return step(outcome.cancelled ? state : { ...state, index: undefined })
  const index = outcome.value
  const again: FilesEffect = { type: 'later', key: LOOK, ms: LOOK_MS, message: { type: 'look-at-index' } }
  const isDone = index.folders.length === 0 || index.state === 'paused' || hasAllMeaning(index)
  return step({ ...state, index }, ...(isDone ? [] : [again]))
}

export const notLooking = (): FilesEffect => ({ type: 'abort', key: LOOK })

/** Asks first: what is searched can be read by every client that may search. */
export const addFolder = (state: FilesState, path: string): FilesStep =>
  step(state, {
    type: 'confirm',
    confirmation: {
      title: `Index ${path === '/' ? 'all served files' : path}?`,
      detail: [
        'Its files are read in the background, and again as they change. They are then found by what they say, by you and by clients that may read your files.',
      ],
    },
    reply: (yes) => ({ type: 'index', do: 'add', path, yes }),
  })

const removeFolder = (state: FilesState, path: string): FilesStep =>
  step(state, {
    type: 'confirm',
    confirmation: {
      title: `Stop searching ${path === '/' ? 'all served files' : path}?`,
      detail: ['What was read of its files is forgotten. The files stay.'],
    },
    reply: (yes) => ({ type: 'index', do: 'remove', path, yes }),
  })

/** Has a folder indexed, or no longer. */
export function toggleIndex(state: FilesState, folder: string): FilesStep {
  if (!state.index) return step(state)
  const as = indexedAs(state.index, folder)
  return as === undefined ? addFolder(state, folder) : removeFolder(state, as)
}

export function changeIndex(
  state: FilesState,
  { do: what, path, yes }: Extract<FilesMessage, { type: 'index' }>,
): FilesStep {
  if (!yes) return step(state)
  return step(state, {
    type: 'tool',
    name: INDEX_TOOLS[what],
    arguments: { path },
    consent: 'person',
    reply: (outcome) => ({ type: 'index-changed', do: what, path, outcome }),
  })
}

export function indexChanged(
  state: FilesState,
  { do: what, path, outcome }: Extract<FilesMessage, { type: 'index-changed' }>,
): FilesStep {
  const error = errorIn(outcome)
  const say: FilesEffect =
    error !== undefined
      ? { type: 'say', text: error, tone: 'error' }
      : what === 'add'
        ? { type: 'say', text: `${path} is being read; what was read is found at once`, tone: 'ok' }
        : { type: 'say', text: `${path} is not searched any more`, tone: 'ok' }
  return step(state, say, askIndex())
}

const errorIn = (outcome: Outcome<CallToolResult>): string | undefined =>
  !outcome.ok ? outcome.error : outcome.value.isError ? textOf(outcome.value) : undefined

/** Of a folder, whether its files are found by what they say: a sentence. */
export function indexNote({ index }: FilesState, folder: string): string | undefined {
  // The trash is never searched.
  if (!index || folder === TRASH || folder.startsWith(`${TRASH}/`)) return undefined
  const as = indexedAs(index, folder)
  if (as === undefined) return 'Press i to have its files found by what they say.'
  const problem = index.folders.find(({ path }) => path === as)?.problem ?? index.problem
  if (problem !== undefined) return `It is indexed, but: ${problem}`
  const within = as === folder ? '' : ` with ${as}`
  return hasAllMeaning(index)
    ? `Its files are found by what they say${as === folder ? '' : ` (${as} is indexed)`}.`
    : `It is indexed${within}; ${progressOf(index)}.`
}
