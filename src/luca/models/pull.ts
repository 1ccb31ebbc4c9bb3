/** `luca model pull`: a model from the network, a mirror or a file into the folder, whole and checked or not at all. */

import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import { formatSize } from '../../command/sizes.ts'
import { syncFolder } from '../../host/write-file-atomic.ts'
import { describeModel } from '../../models/describe.ts'
import { MODEL_SUFFIX } from '../../models/folder.ts'
import { GgufError } from '../../models/gguf.ts'
import { download, stateOf } from './download.ts'
import type { KnownModel } from './known.ts'
import { Part } from './part.ts'

/** What is left free on the disk besides the model, in bytes. */
const SPARE_BYTES = 100 * 1024 * 1024

export interface PullOptions {
  folder: string
  /** In place of where the model is known to be: an address of the file or of a folder that holds it, or a path. */
  from: string | undefined
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  onProgress(bytes: number, total: number | undefined): void
}

export interface Pulled {
  path: string
  bytes: number
  /** Of the file, computed here. */
  sha256: string
}

/** Throws a CliError; then the folder has no model that it did not have before. */
export async function pull(model: KnownModel, options: PullOptions): Promise<Pulled> {
  const { folder, from, signal } = options
  makeFolder(folder)
  const source = sourceOf(model, from)
  // Held until the model has landed: another pull would go on with what is looked at here.
  using part = Part.open(partOf(folder, model.name))
  const checkRoom = (bytes: number) => assertRoom(folder, bytes)
  const sha256 =
    'path' in source
      ? await copyInto(part, source.path, { ...options, checkRoom })
      : await download({ ...options, url: source.url, part, checkRoom })
  signal.throwIfAborted()
  if (model.sha256 !== null && sha256 !== model.sha256) {
    discard(part.path)
    throw new CliError(
      'failed',
      `The download is not the model: its SHA-256 is ${sha256}, and that of "${model.name}" is ${model.sha256}. It was deleted. If the file was replaced at its source and you trust the new one, give its digest with --sha256.`,
    )
  }
  assertModel(part.path, model.name)
  const path = join(folder, model.name + MODEL_SUFFIX)
  // The server of models reads it as another user, whatever the umask here.
  chmodSync(part.path, 0o644)
  renameSync(part.path, path)
  syncFolder(folder)
  return { path, bytes: statSync(path).size, sha256 }
}

/** What a pull that was broken off left; it is not seen as a model. */
export const partOf = (folder: string, name: string): string => join(folder, `.${name}${MODEL_SUFFIX}.part`)

export function discard(part: string): void {
  for (const file of [part, stateOf(part)]) rmSync(file, { force: true })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    readdirSync(folder)
  } catch (cause) {
    throw new CliError(
      'denied',
      `The folder of models, ${folder}, can't be made or read (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    )
  }
}

function sourceOf({ url, name }: KnownModel, from: string | undefined): { url: string } | { path: string } {
  const file = basename(new URL(url).pathname)
  if (from === undefined) return { url }
  if (/^https?:\/\//.test(from))
    return {
      url: new URL(from).pathname.endsWith(MODEL_SUFFIX) ? from : `${from.replace(/\/+$/, '')}/${file}`,
    }
  const path = resolve(from)
  if (isFile(path)) return { path }
  const within = [file, name + MODEL_SUFFIX].map((candidate) => join(path, candidate)).find(isFile)
  if (within !== undefined) return { path: within }
  throw new CliError(
    'usage',
    `${path} is neither a file nor a folder with ${file} or ${name}${MODEL_SUFFIX}.`,
  )
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

async function copyInto(
  part: Part,
  path: string,
  {
    signal,
    onProgress,
    checkRoom,
  }: Pick<PullOptions, 'signal' | 'onProgress'> & { checkRoom(bytes: number): void },
): Promise<string> {
  const total = statSync(path).size
  checkRoom(total)
  rmSync(stateOf(part.path), { force: true })
  part.empty()
  const hash = createHash('sha256')
  try {
    let bytes = 0
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 1024 * 1024 })) {
      part.append(chunk)
      hash.update(chunk)
      bytes += chunk.length
      onProgress(bytes, total)
    }
    part.sync()
  } catch (error) {
    discard(part.path)
    signal.throwIfAborted()
    throw error
  }
  return hash.digest('hex')
}

function assertRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (bytes + SPARE_BYTES > free)
    throw new CliError(
      'failed',
      `${formatSize(bytes)} are still to come, and the disk of ${folder} has ${formatSize(free)} free. "luca model remove" frees space.`,
    )
}

function assertModel(part: string, name: string): void {
  try {
    describeModel(part)
  } catch (cause) {
    if (!(cause instanceof GgufError)) throw cause
    discard(part)
    throw new CliError(
      'failed',
      `The download of "${name}" is not a usable model: ${cause.message}. It was deleted.`,
      {
        cause,
      },
    )
  }
}
