/** What the scripts of shells ask luca for for completion: words that begin with what there is. */

import { ADMIN, type TokenInfo } from '../../command/admin.ts'
import { listTools } from '../../command/catalogue.ts'
import type { Context } from '../../command/command.ts'
import { modelsFolder } from '../../command/installation.ts'
import { listFolder, opensAsFolder } from '../../command/served-entries.ts'
import { ModelsFolder } from '../../models/folder.ts'
import { scheduledBy } from '../commands/schedule.ts'
import { askStatus } from '../search/ask.ts'
import { modelNames } from '../search/models.ts'
import { serversOf } from '../servers/servers.ts'
import type { Asked } from './table.ts'

/** Throws a CliError where it can't be known. Names that shells could not show in one line are left out. */
export async function completionValues(of: Asked, beginning: string, context: Context): Promise<string[]> {
  const found = await FINDERS[of](context, beginning)
  return found.filter((one) => one.startsWith(beginning) && !/\p{Cc}/u.test(one)).sort()
}

const FINDERS: Readonly<
  Record<Asked, (context: Context, beginning: string) => Promise<string[]> | string[]>
> = {
  served: servedPaths,
  tools: async (context) => (await listTools(context)).map(({ name }) => name),
  tokens: async (context) => {
    const link = await context.gateway()
    const { tokens } = await link.ask<{ tokens: TokenInfo[] }>(ADMIN.listTokens, {}, context.signal)
    return tokens.map(({ name }) => name)
  },
  models: ({ io }) => new ModelsFolder(modelsFolder(io.env)).list().map(({ id }) => id),
  scheduled: async (context) => (await scheduledBy(context)).map(({ id }) => id),
  indexed: async (context) => (await askStatus(context)).value.folders.map(({ path }) => path),
  embedders: modelNames,
  servers: async (context) => (await serversOf(context, undefined).list()).map(({ name }) => name),
}

/** What is in the folder that is typed so far, folders with a slash; from the top, as luca's paths are. */
async function servedPaths(context: Context, beginning: string): Promise<string[]> {
  const folder = beginning.slice(0, beginning.lastIndexOf('/') + 1)
  const entries = await listFolder(context, folder === '' ? '/' : folder)
  return entries.map((entry) => folder + (opensAsFolder(entry) ? `${entry.name}/` : entry.name))
}
