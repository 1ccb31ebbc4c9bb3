/** What changes the served files: edit, copy, move, make, and delete with a way back. */

import { textOf } from '../../../command/catalogue.ts'
import type { CallToolResult } from '../../../protocol/mcp.ts'
import { editorOf } from '../../model/editor.ts'
import { step } from '../../model/effects.ts'
import {
  entriesOf,
  type FilesEffect,
  type FilesMessage,
  type FilesState,
  type FilesStep,
  inFolder,
  inOrder,
  list,
  look,
  nameOf,
  parentOf,
  placesIn,
  type Row,
  Rows,
  TRASH,
  type Trashed,
} from './state.ts'

export const edit = (state: FilesState, path: string): FilesStep =>
  step(state, {
    type: 'edit',
    path,
    reply: (outcome) => ({
      type: 'done',
      what:
        outcome.ok && outcome.value === 'unchanged'
          ? `${nameOf(path)} is as it was`
          : `saved ${nameOf(path)}`,
      refresh: [parentOf(path)],
      outcome,
    }),
  })

export const ask = (
  state: FilesState,
  what: 'copy' | 'move' | 'file' | 'folder',
  path: string,
  title: string,
  text: string,
): FilesStep =>
  step(state, {
    type: 'prompt',
    prompt: { title, editor: editorOf(text), hint: 'A path that begins with / starts at the top folder.' },
    reply: (given) => ({ type: 'named', for: what, path, text: given }),
  })

export function named(
  state: FilesState,
  { for: what, path, text }: Extract<FilesMessage, { type: 'named' }>,
): FilesStep {
  if (text === undefined || text.trim() === '') return step(state)
  const target = inFolder(what === 'copy' || what === 'move' ? parentOf(path) : path, text)
  if (target === path) return step(state)
  const refresh = [
    ...new Set([parentOf(path), parentOf(target), ...(what === 'file' || what === 'folder' ? [path] : [])]),
  ]
  if (what === 'copy')
    return step(state, {
      type: 'copy',
      from: path,
      to: target,
      reply: (outcome) => ({
        type: 'done',
        refresh,
        outcome,
        what: `copied to ${target}${outcome.ok ? withoutThese(outcome.value) : ''}`,
      }),
    })
  if (what === 'move') return step(state, move(path, target, `moved to ${target}`, refresh))
  const [name, args] =
    what === 'folder'
      ? (['fs_create_directory', { path: target }] as const)
      : (['fs_write_file', { path: target, content: '' }] as const)
  if (placesIn(entriesOf(state, parentOf(target))).has(target))
    return step(state, { type: 'say', text: `There is "${target}" already.`, tone: 'warning' })
  return step(state, {
    type: 'tool',
    name,
    arguments: args,
    consent: 'given',
    reply: (outcome) => ({ type: 'moved', outcome, what: `made ${target}`, refresh }),
  })
}

function withoutThese([first, ...others]: readonly string[]): string {
  if (first === undefined) return ''
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `, without ${first}${more}: links to folders and unreadable files are not copied`
}

const move = (
  source: string,
  destination: string,
  what: string,
  refresh: readonly string[],
  trail: { trashed?: Trashed; restored?: Trashed } = {},
): FilesEffect => ({
  type: 'tool',
  name: 'fs_move_file',
  arguments: { source, destination },
  consent: 'given',
  reply: (outcome) => ({ type: 'moved', outcome, what, refresh, ...trail }),
})

/** Nothing is destroyed here: it goes to a folder that is the trash, and comes back with `u`. */
export function trash(state: FilesState, row: Row, now: number): FilesStep {
  if (row.path === TRASH || row.path.startsWith(`${TRASH}/`)) {
    return step(state, {
      type: 'tool',
      name: 'fs_delete_file',
      arguments: { path: row.path, recursive: true },
      consent: 'person',
      reply: (outcome) => ({
        type: 'moved',
        outcome,
        what: `deleted ${row.name} for good`,
        refresh: [parentOf(row.path)],
      }),
    })
  }
  const folder = `${TRASH}/${new Date(now).toISOString().replace(/[:.]/g, '-')}`
  return step(state, {
    type: 'tool',
    name: 'fs_create_directory',
    arguments: { path: folder },
    consent: 'given',
    reply: () => ({ type: 'trash-ready', path: row.path, folder }),
  })
}

export function undo(state: FilesState): FilesStep {
  const last = state.trashed.at(-1)
  if (!last) return step(state, { type: 'say', text: 'There is nothing to undo.', tone: 'plain' })
  return step(
    state,
    move(last.to, last.from, `${nameOf(last.from)} is back`, [parentOf(last.from)], { restored: last }),
  )
}

export function done(
  state: FilesState,
  message: Extract<FilesMessage, { type: 'done' | 'moved' }>,
): FilesStep {
  const { outcome, what, refresh, trashed, restored } = message
  const value = outcome.ok ? outcome.value : undefined
  const error = !outcome.ok
    ? outcome.error
    : message.type === 'moved' && (value as CallToolResult).isError
      ? textOf(value as CallToolResult)
      : undefined
  const effects: FilesEffect[] = refresh.filter((path) => state.open.includes(path)).map(list)
  if (error !== undefined) return step(state, { type: 'say', text: error, tone: 'error' }, ...effects)
  const say: FilesEffect = { type: 'say', text: trashed ? `${what}; u restores it` : what, tone: 'ok' }
  const kept = restored ? state.trashed.filter((one) => one !== restored) : state.trashed
  const next = { ...state, trashed: trashed ? [...kept, trashed] : kept }
  return step(restored ? putBack(next, restored) : next, say, ...effects, look())
}

/** It is chosen again, and a key that comes before its folder was listed anew is for it too. */
function putBack(state: FilesState, { from, entry }: Trashed): FilesState {
  const folder = parentOf(from)
  const others = entriesOf(state, folder).filter(({ path }) => path !== from)
  const folders = entry ? { ...state.folders, [folder]: inOrder([...others, entry]) } : state.folders
  return { ...state, folders, selected: from }
}

/** The second half of putting something into the trash: the folder for it is there. */
export function finishTrash(state: FilesState, path: string, folder: string): FilesStep {
  const to = `${folder}/${nameOf(path)}`
  const rows = new Rows(state)
  const at = rows.indexOf(path) ?? -1
  const neighbour = rows.at(at + 1)?.path ?? rows.at(at - 1)?.path ?? '/'
  const next = { ...state, selected: neighbour.startsWith(`${path}/`) ? parentOf(path) : neighbour }
  const refresh = [parentOf(path), '/', TRASH]
  const siblings = entriesOf(state, parentOf(path))
  const entry = siblings[placesIn(siblings).get(path) ?? -1]
  return step(
    next,
    move(path, to, `${nameOf(path)} is in the trash`, refresh, { trashed: { from: path, to, entry } }),
  )
}
