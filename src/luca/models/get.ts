/** `luca model pull`, `add` and `remove`. */
import { existsSync, rmSync } from 'node:fs'
import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { patiently, writeJson, writeLine } from '../../command/output.ts'
import { formatSize } from '../../command/sizes.ts'
import { checkDigest, checkName, type KnownModel } from './known.ts'
import type { Models } from './models.ts'
import { discard, type Pulled, partOf, pull } from './pull.ts'

export async function pullModel(
  name: string,
  models: Models,
  input: Input,
  context: Context,
): Promise<Outcome> {
  const known = models.known.find(checkName(name))
  if (!known)
    throw new CliError(
      'usage',
      `No model "${name}" is known; "luca model list" lists the known ones, and "luca model add ${name} URL" makes one known.`,
    )
  const digest = input.text('sha256')
  const wanted = digest === undefined ? known : { ...known, sha256: checkDigest(digest) }
  const pulled = await bring(wanted, input.text('from'), models, context)
  // From now on it must be this one.
  if (wanted.sha256 !== known.sha256 || known.sha256 === null)
    models.known.add({ name, url: known.url, sha256: pulled.sha256 })
  return report(name, pulled, wanted.sha256 !== null, context)
}

/** Of an address, remembers it; of a file, takes it into the folder. */
export async function add(
  name: string,
  source: string,
  models: Models,
  input: Input,
  context: Context,
): Promise<Outcome> {
  checkName(name)
  const digest = input.text('sha256')
  const sha256 = digest === undefined ? null : checkDigest(digest)
  if (/^https?:\/\//.test(source)) {
    if (!URL.canParse(source)) throw new CliError('usage', `"${source}" is no address.`)
    models.known.add({ name, url: source, sha256 })
    if (context.json) writeJson(context.io, { name, url: source, sha256 })
    else writeLine(context.io.stdout, `"luca model pull ${name}" gets it now`)
    return 'ok'
  }
  if (!existsSync(source))
    throw new CliError('usage', `There is no file ${source}, and it is no http(s) address.`)
  const pulled = await bring({ name, url: `file:///${name}`, sha256 }, source, models, context)
  return report(name, pulled, sha256 !== null, context)
}

export function remove(name: string, { folder, known }: Models, context: Context): Promise<Outcome> {
  checkName(name)
  const path = folder.pathOf(name)
  const part = partOf(folder.path, name)
  const wasHere = existsSync(path) || existsSync(part)
  rmSync(path, { force: true })
  discard(part)
  const wasKnown = known.forget(name)
  if (!wasHere && !wasKnown)
    throw new CliError(
      'usage',
      `There is no model "${name}" in ${folder.path}; "luca model list" lists them.`,
    )
  if (context.json) writeJson(context.io, { removed: name })
  else writeLine(context.io.stdout, `removed ${name}`)
  return Promise.resolve('ok')
}

function bring(
  model: KnownModel,
  from: string | undefined,
  models: Models,
  context: Context,
): Promise<Pulled> {
  let bytes = 0
  let total: number | undefined
  const started = performance.now()
  let before = 0
  const label = () => {
    const perSecond = ((bytes - before) * 1000) / (performance.now() - started)
    const share =
      total === undefined
        ? formatSize(bytes)
        : `${Math.floor((100 * bytes) / total)} % of ${formatSize(total)}`
    return `${model.name}: ${share}, ${formatSize(perSecond)}/s`
  }
  const work = pull(model, {
    folder: models.folder.path,
    from,
    env: context.io.env,
    signal: context.signal,
    onProgress(now, whole) {
      if (bytes === 0) before = now
      bytes = now
      total = whole
    },
  })
  return patiently(context, label, work)
}

function report(name: string, { path, bytes, sha256 }: Pulled, isPinned: boolean, context: Context): Outcome {
  if (context.json) writeJson(context.io, { name, path, bytes, sha256, verified: isPinned })
  else {
    const { stdout, stderr } = context.io
    writeLine(stdout, `${name} is here: ${path}, ${formatSize(bytes)}`)
    writeLine(stdout, `sha256 ${sha256}`)
    if (!isPinned)
      writeLine(
        stderr,
        'note: its SHA-256 was not known before. Compare it with the one that its makers publish.',
      )
  }
  return 'ok'
}
