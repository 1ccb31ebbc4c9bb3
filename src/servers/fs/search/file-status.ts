/** Why a file is found, or not. */

import { whyNotRead } from '../../../documents/formats.ts'
import { ToolError } from '../../../protocol/define.ts'
import type { Library } from '../../../search/index/library.ts'
import { quoted } from '../confined/explain.ts'
import { LeftOut } from '../confined/left-out.ts'
import type { Files } from '../files.ts'
import type { FileStatus } from './file-search.ts'
import { isBelow } from './inside.ts'
import { whyNameLeftOut } from './left-out.ts'
import { type Rules, rulesIn, whyLeftOut, whyUnwanted } from './rules.ts'
import type { Scanning } from './scanning.ts'
import { versionOf } from './version.ts'
import type { WorkList } from './work-list.ts'

/** Why a folder can't be chosen; goes on after "since". */
export function whyFolderUnfit(path: string): string | undefined {
  for (const name of path.split('/').filter(Boolean)) {
    const why = whyNameLeftOut(name, 'folder')
    if (why !== undefined) return why
  }
  return undefined
}

/** Rejects with a ToolError where there is no such file. */
export async function statusOf(
  asked: string,
  files: Files,
  library: Library,
  workList: WorkList,
  scanning: Scanning,
): Promise<FileStatus> {
  const { path, kind } = files.resolved(asked)
  if (kind !== 'file')
    throw new ToolError(`${quoted(asked)} is no file. Ask about a file, or about none for all.`, {
      kind: 'invalid',
    })
  const leftOut = (why: string): FileStatus => ({
    path,
    state: 'left-out',
    why,
    passages: 0,
    scans: undefined,
  })
  const [folder] = library
    .folders()
    .filter((one) => isBelow(path, one))
    .sort((a, b) => b.length - a.length)
  if (folder === undefined) return leftOut('It is in no folder that is searched.')
  const ruled = await whyRuledOut(path, folder, files)
  if (ruled !== undefined) return leftOut(`It is left out, since ${ruled}.`)
  const unread = whyNotRead(path)
  if (unread !== undefined) return leftOut(unread)
  let version: string
  try {
    await using open = await files.openFound(path)
    version = versionOf(await open.stamp())
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    return leftOut(error.message)
  }
  const known = library.file(path)
  const waiting: FileStatus = {
    path,
    state: 'waiting',
    why: 'It is to be read, which is done in the background.',
    passages: 0,
    scans: undefined,
  }
  if (!known || known.version !== version || workList.has(path)) return waiting
  if (known.state === 'left') return leftOut(known.problem ?? 'It could not be read.')
  if (known.state !== 'read') return waiting
  return {
    path,
    state: 'searched',
    why: known.problem ?? undefined,
    passages: library.piecesOf(known.id).length,
    scans: await scanning.statusOf(known.id),
  }
}

/** Why a file in a chosen folder is left out by patterns or names on the way to it; goes on after "since". */
async function whyRuledOut(path: string, chosen: string, files: Files): Promise<string | undefined> {
  let why: string | undefined
  const walk = files.survey<Rules | undefined>(
    chosen,
    {
      enter(folder, above) {
        why ??= whyLeftOut(folder)
        return rulesIn(folder, above)
      },
      wanted(entry, kind, rules) {
        if (entry !== path && !isBelow(path, entry)) return false
        const unwanted = whyUnwanted(entry, kind, rules)
        if (unwanted !== undefined) why ??= `of ${quoted(entry)}: ${unwanted}`
        return unwanted === undefined
      },
      leftOut: new LeftOut(),
      signal: new AbortController().signal,
      isDeep: true,
    },
    undefined,
  )
  for await (const _ of walk) break
  return why
}
