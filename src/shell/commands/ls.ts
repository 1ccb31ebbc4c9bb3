import type { Command, Context } from '../command.ts'
import { styled, writeJson, writeTable } from '../output.ts'
import { speaking } from '../own-words.ts'
import { markOf, opensAsFolder } from '../served-entries.ts'
import { servedPath } from '../served-paths.ts'

/** An entry as the older method gives it. */
export interface Entry {
  name: string
  path: string
  type: string
  size: number
  modified_at: string
  leads_to?: string
}

export const listFolder = async (context: Context, path: string): Promise<Entry[]> =>
  (await context.gateway()).older('mcp.fs.list', [servedPath(context.cwd, path)], context.signal)

export const ls: Command = {
  name: 'ls',
  usage: '[PATH]',
  summary: 'list a folder of the files that are served',
  details: 'Folders come first. Paths begin at the served folder: / is all of it.',
  positionals: [0, 1],
  gateway: true,
  run: speaking(async ({ positionals: [path = '.'] }, context) => {
    const entries = await listFolder(context, path)
    if (context.json) {
      writeJson(context.io, { path: servedPath(context.cwd, path), entries })
      return 'ok'
    }
    const { stdout, env } = context.io
    const sorted = entries.toSorted(
      (a, b) => Number(opensAsFolder(b)) - Number(opensAsFolder(a)) || compare(a.name, b.name),
    )
    const rows = sorted.map(({ size, modified_at, name, ...kind }) => [
      markOf(kind) ?? kind.type,
      size < 0 ? '-' : String(size),
      modified_at.slice(0, 16).replace('T', ' '),
      name,
    ])
    writeTable(context.io, ['TYPE', 'SIZE', 'MODIFIED', 'NAME'], rows, (line, row) =>
      opensAsFolder(sorted[row] as Entry) ? styled(stdout, env, 'blue', line) : line,
    )
    return 'ok'
  }),
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
