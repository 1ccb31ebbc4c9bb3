import type { Command } from '../../command/command.ts'
import { styled, writeJson, writeTable } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import { type Entry, listFolder, markOf, opensAsFolder } from '../../command/served-entries.ts'
import { servedPath } from '../../command/served-paths.ts'

export const ls: Command = {
  name: 'ls',
  usage: '[PATH]',
  summary: 'list a served folder',
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
