/** Where nothing is indexed yet: offers to begin, and never does so without being told to. */
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { inLine, writeLine } from '../../command/output.ts'
import { DOCUMENTS, folderToOffer } from '../../command/search/index-status.ts'
import { listFolder, opensAsFolder } from '../../command/served-entries.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { askAdd, askStatus } from './ask.ts'
import { addFolder } from './building.ts'

/** How long a person who has just said yes waits for meaning, in milliseconds. */
const MEANING_MS = 30_000

/** Asks whether to index the folder that suits. Throws a CliError that says how, where there is no terminal to ask on or the answer is no. */
export async function offerIndex(context: Context): Promise<void> {
  const folder = await suitableFolder(context)
  if (context.ask)
    writeLine(context.io.stderr, 'Nothing is indexed yet, so nothing can be found by what it says.')
  const typed = await context.ask?.(
    `Index ${folder === '/' ? 'all served files' : inLine(folder)} now? [y/N] `,
  )
  if (typed === undefined || !isYes(typed))
    throw new CliError(
      'failed',
      `Nothing is indexed yet, so nothing can be found; "luca index add ${inLine(folder)}" has a folder indexed.`,
    )
  await addFolder(context, folder, MEANING_MS)
}

/** The folder of documents where there is one, else all that is served. */
const suitableFolder = async (context: Context): Promise<string> =>
  folderToOffer((await listFolder(context, '/')).filter(opensAsFolder).map(({ name }) => name))

const isYes = (typed: string): boolean => /^y(es)?$/i.test(typed.trim())

/** For users of a new machine: offers to have documents indexed. Asks nothing where something is, or it can't be known. */
export async function askForIndex(context: Context): Promise<void> {
  const { ask, io, signal } = context
  if (!ask || (await nothingIndexed(context)) !== true) return
  const typed = await ask('Should files in Documents be found by what they say? [y/N] ')
  if (typed === undefined || !isYes(typed)) return
  try {
    const link = await context.gateway()
    const make = { name: 'fs_create_directory', arguments: { path: DOCUMENTS } }
    await link.request(METHOD.callTool, make, { signal })
    await askAdd(context, DOCUMENTS)
    writeLine(io.stderr, `${DOCUMENTS} is indexed from now on`)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    writeLine(io.stderr, error.message)
  }
}

/** Whether no folder is indexed; undefined where the gateway does not tell. */
export async function nothingIndexed(context: Context): Promise<boolean | undefined> {
  try {
    return (await askStatus(context)).value.folders.length === 0
  } catch (error) {
    if (error instanceof CliError) return undefined
    throw error
  }
}
