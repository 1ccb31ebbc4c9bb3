/** Where nothing is indexed yet: offers to begin, and never does so without being told to. */
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { inLine } from '../../command/output.ts'
import { folderToOffer } from '../../command/search/index-status.ts'
import { listFolder, opensAsFolder } from '../../command/served-entries.ts'
import { addFolder } from './building.ts'

/** How long a person who has just said yes waits for meaning, in milliseconds. */
const MEANING_MS = 30_000

/** Asks whether to index the folder that suits. Throws a CliError that says how, where nobody can be asked or the answer is no. */
export async function offerIndex(context: Context): Promise<void> {
  const folder = await suitableFolder(context)
  const typed = await context.ask?.(`Nothing is indexed yet. ${questionOf(folder)} [y/N] `)
  if (typed === undefined || !isYes(typed))
    throw new CliError(
      'failed',
      `Nothing is indexed yet, so nothing can be found; "luca index add ${inLine(folder)}" has a folder indexed.`,
    )
  await addFolder(context, folder, MEANING_MS)
}

/** The folder of documents where there is one, else all that is served. */
export const suitableFolder = async (context: Context): Promise<string> =>
  folderToOffer((await listFolder(context, '/')).filter(opensAsFolder).map(({ name }) => name))

export const questionOf = (folder: string): string =>
  `Index ${folder === '/' ? 'all served files' : inLine(folder)}, so that files are found by what they say?`

export const isYes = (typed: string): boolean => /^y(es)?$/i.test(typed.trim())
