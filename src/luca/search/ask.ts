/** Calls of the tools that search, for commands: a refusal is a CliError, and what takes long says so. */
import { textOf } from '../../command/catalogue.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { patiently } from '../../command/output.ts'
import { type Found, foundIn, SEARCH_TOOL } from '../../command/search/found.ts'
import {
  type FileStatus,
  fileStatusIn,
  INDEX_TOOLS,
  type IndexStatus,
  indexStatusIn,
} from '../../command/search/index-status.ts'
import { type CallToolResult, METHOD } from '../../protocol/mcp.ts'

/** What a tool gave, as it was understood and as it came. */
export interface Told<T> {
  value: T
  document: unknown
}

/** Calls a tool. Throws a CliError where it fails, or gives what can't be understood. */
export async function ask<T>(
  { gateway, signal }: Context,
  name: string,
  args: Record<string, unknown>,
  read: (value: unknown) => T | undefined,
): Promise<Told<T>> {
  const link = await gateway()
  const result = (await link.request(
    METHOD.callTool,
    { name, arguments: args },
    { signal },
  )) as CallToolResult
  if (result.isError) throw new CliError('failed', textOf(result))
  const document = result.structuredContent
  const value = read(document)
  if (value === undefined)
    throw new CliError(
      'failed',
      `What ${name} gave can't be understood; the gateway may be of another version.`,
    )
  return { value, document }
}

export const askSearch = (context: Context, args: Record<string, unknown>): Promise<Told<Found>> =>
  patiently(context, () => 'searching', ask(context, SEARCH_TOOL, args, foundIn))

/** Asked again and again, so it says nothing itself. */
export const askStatus = (context: Context): Promise<Told<IndexStatus>> =>
  ask(context, INDEX_TOOLS.status, {}, indexStatusIn)

export const askFileStatus = (context: Context, path: string): Promise<Told<FileStatus>> =>
  patiently(context, () => `looking for ${path}`, ask(context, INDEX_TOOLS.status, { path }, fileStatusIn))

export const askAdd = (context: Context, path: string): Promise<Told<object>> =>
  patiently(context, () => `adding ${path}`, ask(context, INDEX_TOOLS.add, { path }, objectIn))

export const askRemove = (context: Context, path: string): Promise<Told<object>> =>
  patiently(context, () => `removing ${path}`, ask(context, INDEX_TOOLS.remove, { path }, objectIn))

const objectIn = (value: unknown): object | undefined =>
  typeof value === 'object' && value !== null ? value : undefined
