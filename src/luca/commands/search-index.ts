/** `luca index`: which folders are searched. The table of all commands is index.ts. */
import { statSync } from 'node:fs'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import { amount, detailsOf, stateOf } from '../../command/search/index-status.ts'
import { listFolder } from '../../command/served-entries.ts'
import { servedPath } from '../../command/served-paths.ts'
import { askFileStatus, askRemove, askStatus } from '../search/ask.ts'
import { addFolder } from '../search/building.ts'

export const searchIndex: Command = {
  name: 'index',
  summary: 'choose the served folders that "luca search" searches, and see how far that is',
  details:
    'A folder is read in the background and followed as its files change. .gitignore and .llmbasedosignore in it hold. ' +
    '"status" of a file says why it is not found.',
  verbs: {
    add: { usage: 'FOLDER', summary: 'index a folder, and all that comes into it' },
    status: { usage: '[PATH]', summary: 'show what is indexed, or why a file is not found' },
    remove: { usage: 'FOLDER', summary: 'stop searching a folder; its files stay' },
  },
  gateway: true,
  consent: true,
  run: speaking(({ verb, positionals: [given] }, context) => {
    if (given === undefined) return showStatus(context)
    const path = servedPath(context.cwd, given)
    return verb === 'add'
      ? add(path, context).catch(async (error: unknown) => {
          throw (await isNotServed(given, path, context)) ? notServed(given) : error
        })
      : verb === 'remove'
        ? remove(path, context)
        : showFileStatus(path, context)
  }),
}

/** Whether it is a folder of this machine that the file server does not serve: what people who know their home may name. */
async function isNotServed(given: string, path: string, context: Context): Promise<boolean> {
  if (!given.startsWith('/') || !statSync(given, { throwIfNoEntry: false })?.isDirectory()) return false
  return listFolder(context, path).then(
    () => false,
    (error: unknown) => error instanceof CliError && error.outcome === 'failed',
  )
}

const notServed = (folder: string): CliError =>
  new CliError(
    'failed',
    `${inLine(folder)} is not among the served files; "luca ls /" shows those, and "luca up --files" serves another folder.`,
  )

async function add(path: string, context: Context): Promise<Outcome> {
  const { added, status } = await addFolder(context, path)
  if (context.json) writeJson(context.io, { ...added, status })
  else for (const sentence of stateOf(status)) writeLine(context.io.stdout, inLine(sentence))
  return 'ok'
}

async function remove(path: string, context: Context): Promise<Outcome> {
  const { document } = await askRemove(context, path)
  if (context.json) writeJson(context.io, document)
  else writeLine(context.io.stdout, `${inLine(path)} is not searched any more; its files stay.`)
  return 'ok'
}

async function showStatus(context: Context): Promise<Outcome> {
  const { io } = context
  const { value: status, document } = await askStatus(context)
  if (context.json) writeJson(io, document)
  else if (status.folders.length === 0)
    writeLine(io.stdout, 'Nothing is indexed yet; "luca index add FOLDER" has a folder indexed.')
  else {
    for (const { path, problem } of status.folders)
      writeLine(io.stdout, `${inLine(path)}${problem === undefined ? '' : `: ${inLine(problem)}`}`)
    for (const line of [...stateOf(status), ...detailsOf(status)]) writeLine(io.stdout, inLine(line))
  }
  return 'ok'
}

async function showFileStatus(path: string, context: Context): Promise<Outcome> {
  const { value, document } = await askFileStatus(context, path)
  if (context.json) writeJson(context.io, document)
  else
    writeLine(
      context.io.stdout,
      value.isFound
        ? `${inLine(value.path)} is found: ${amount(value.passages, 'passage')}.${value.why === undefined ? '' : ` ${inLine(value.why)}`}`
        : `${inLine(value.path)} is not found: ${inLine(value.why ?? 'the server does not say why.')}`,
    )
  return value.isFound ? 'ok' : 'nothing'
}
