/** Files of the served folder: edited in a program of this machine, and copied, both through the gateway. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { textOf } from '../../command/catalogue.ts'
import type { GatewayLink } from '../../command/link.ts'
import type { CallToolResult } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import { entriesIn, type FolderEntry } from '../model/answers.ts'
import { resultOf } from './calls.ts'

/** How much is copied at a time, in bytes: a multiple of three, so that base64 goes on where it stopped. */
const PIECE = 3 * 1024 * 1024

/** Gives the terminal to a program and takes it back. */
export type WithTerminal = <T>(work: () => Promise<T>) => Promise<T>

/** A served text in $VISUAL or $EDITOR. Throws where it can't be read, changed meanwhile, or the editor fails. */
export async function editServed(
  link: GatewayLink,
  path: string,
  env: NodeJS.ProcessEnv,
  withTerminal: WithTerminal,
): Promise<'saved' | 'unchanged'> {
  const before = await readText(link, path)
  const folder = await mkdtemp(join(tmpdir(), 'luca-edit-'))
  const copy = join(folder, basename(path).replace(/[^\w.-]/g, '_') || 'text')
  let keeps = false
  try {
    await writeFile(copy, before, { mode: 0o600 })
    await withTerminal(() => runEditor(env, copy))
    const after = await readFile(copy, 'utf8')
    if (after === before) return 'unchanged'
    keeps = true
    if ((await readText(link, path)) !== before)
      throw new Error(`${path} was changed by someone else meanwhile; your text is kept in ${copy}.`)
    await tool(link, 'fs_write_file', { path, content: after }).catch((cause: Error) => {
      throw new Error(`${cause.message} Your text is kept in ${copy}.`, { cause })
    })
    keeps = false
    return 'saved'
  } finally {
    if (!keeps) await rm(folder, { recursive: true, force: true })
  }
}

function runEditor(env: NodeJS.ProcessEnv, file: string): Promise<void> {
  const editor = env.VISUAL || env.EDITOR || 'vi'
  return new Promise((resolve, reject) => {
    // It may come with arguments of its own, as in "code --wait".
    const child = spawn('sh', ['-c', `exec ${editor} "$1"`, 'sh', file], { stdio: 'inherit', env })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`The editor "${editor}" ended with code ${code}; EDITOR names another.`)),
    )
  })
}

/**
 * Copies a file, or a folder with all that is in it. Links in it that lead to folders, which may lead round and round, and
 * what can't be read are left out: it gives their paths. Throws where the target exists.
 */
export async function copyServed(link: GatewayLink, from: string, to: string): Promise<string[]> {
  if (to === from || to.startsWith(`${from}/`)) throw new Error(`${from} can't be copied into itself.`)
  await mustNotExist(link, to)
  const entries = entriesIn(await link.v1('mcp.fs.list', [from]).catch(() => undefined))
  if (!entries) {
    await copyFile(link, from, to)
    return []
  }
  // All of it is known before anything is made, so that a copy is never copied too.
  const plan: CopyPlan = { folders: [to], files: [], leftOut: [] }
  await addToPlan(link, plan, entries, to)
  for (const path of plan.folders) await tool(link, 'fs_create_directory', { path })
  for (const file of plan.files) await copyFile(link, file.from, file.to)
  return plan.leftOut
}

interface CopyPlan {
  folders: string[]
  files: { from: string; to: string }[]
  leftOut: string[]
}

async function addToPlan(
  link: GatewayLink,
  plan: CopyPlan,
  entries: readonly FolderEntry[],
  folder: string,
): Promise<void> {
  for (const { name, path, isFolder, mark, unreadable } of entries) {
    const to = `${folder}/${name}`
    if (unreadable !== undefined || (isFolder && mark !== undefined)) plan.leftOut.push(path)
    else if (isFolder) {
      plan.folders.push(to)
      const within = entriesIn(await link.v1('mcp.fs.list', [path]))
      if (!within) throw new Error(`What the server gave of ${path} can't be understood.`)
      await addToPlan(link, plan, within, to)
    } else plan.files.push({ from: path, to })
  }
}

async function mustNotExist(link: GatewayLink, path: string): Promise<void> {
  const name = 'fs_get_file_info'
  const there = resultOf(name, await link.request('tools/call', { name, arguments: { path } }))
  if (!there.isError) throw new Error(`There is "${path}" already.`)
}

async function copyFile(link: GatewayLink, path: string, to: string): Promise<void> {
  let offset: number | undefined = 0
  while (offset !== undefined) {
    const result = await tool(link, 'fs_read_media_file', { path, offset, length: PIECE })
    const { blob, nextOffset } = pieceOf(path, result)
    await link.v1('mcp.fs.write', [to, blob, 'base64', offset > 0])
    offset = nextOffset
  }
}

/** A piece of a file. Throws where it is none: a copy is whole, or there is none. */
function pieceOf(path: string, { structuredContent }: CallToolResult): { blob: string; nextOffset?: number } {
  const { content, nextOffset } = isRecord(structuredContent) ? structuredContent : {}
  const [block] = Array.isArray(content) ? content : []
  const blob = isRecord(block) && isRecord(block.resource) ? block.resource.blob : undefined
  if (typeof blob !== 'string') throw new Error(`What the server gave of ${path} can't be understood.`)
  return { blob, ...(typeof nextOffset === 'number' ? { nextOffset } : {}) }
}

async function readText(link: GatewayLink, path: string): Promise<string> {
  return textOf(await tool(link, 'fs_read_text_file', { path }))
}

async function tool(link: GatewayLink, name: string, args: Record<string, unknown>): Promise<CallToolResult> {
  const result = resultOf(name, await link.request('tools/call', { name, arguments: args }))
  if (result.isError) throw new Error(textOf(result))
  return result
}
