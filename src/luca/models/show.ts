/** `luca model list` and `info`. */

import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, table, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { formatSize } from '../../command/sizes.ts'
import { availableMemory } from '../../host/memory.ts'
import { fitContext } from '../../models/context.ts'
import { memoryNeeded } from '../../models/describe.ts'
import { defaultModel, type ModelFile } from '../../models/folder.ts'
import { inWords } from '../../protocol/values.ts'
import type { KnownModel } from './known.ts'
import { type Models, present, settingsOf } from './models.ts'

export async function list(models: Models, context: Context): Promise<Outcome> {
  const files = models.folder.list()
  const settings = settingsOf(models)
  const usable = models.folder.usable()
  const isDefault = ({ id }: ModelFile) =>
    (['chat', 'embedding'] as const).some((kind) => defaultModel(usable, kind, settings)?.id === id)
  const missing = models.known.list().filter(({ name }) => !files.some(({ id }) => id === name))
  if (context.json) {
    writeJson(context.io, {
      folder: models.folder.path,
      here: files.map((file) => ({
        id: file.id,
        kind: file.description?.kind ?? null,
        bytes: file.bytes,
        context: file.description?.trainedContext ?? null,
        default: isDefault(file),
        problem: file.problem ?? null,
      })),
      known: missing,
    })
    return 'ok'
  }
  const { stdout } = context.io
  if (files.length === 0) writeLine(stdout, `No model is in ${models.folder.path} yet.`)
  else
    writeTable(
      context.io,
      ['HERE', 'KIND', 'SIZE', 'CONTEXT', ''],
      files.map((file) => [
        file.id,
        file.description?.kind ?? '-',
        formatSize(file.bytes),
        String(file.description?.trainedContext ?? '-'),
        file.problem === undefined
          ? isDefault(file)
            ? 'in use'
            : ''
          : `not usable: ${visible(file.problem)}`,
      ]),
    )
  if (missing.length > 0) {
    writeLine(stdout, '')
    writeTable(
      context.io,
      ['"luca model pull"', 'KIND', 'SIZE', 'MEMORY', 'LICENCE', 'FOR'],
      missing.map((model) => [
        model.name,
        model.kind ?? '-',
        sizeOr(model.size),
        sizeOr(model.memory),
        model.licence ?? '-',
        model.summary ?? inLine(model.url),
      ]),
    )
  }
  return 'ok'
}

export async function info(name: string, models: Models, context: Context): Promise<Outcome> {
  const known = models.known.find(name)
  if (known && !models.folder.list().some(({ id }) => id === name)) return infoOfKnown(known, context)
  const { path, bytes, description, problem } = present(name, models)
  const available = availableMemory()
  const settings = settingsOf(models)
  const fit = description && fitContext(description, available, settings.context)
  const document = {
    id: name,
    path,
    bytes,
    problem: problem ?? null,
    ...(description === undefined
      ? {}
      : {
          kind: description.kind,
          architecture: description.architecture,
          title: description.title ?? null,
          licence: description.licence ?? known?.licence ?? null,
          trainedContext: description.trainedContext,
          layers: description.layers,
          template: description.template !== undefined,
          tools:
            known?.tools ?? (description.template?.includes('tools') === true ? 'in its template' : null),
          memory: Object.fromEntries(
            [2048, 8192, 32_768]
              .filter((length) => length <= Math.max(2048, description.trainedContext))
              .map((length) => [
                length,
                memoryNeeded(description, Math.min(length, description.trainedContext)),
              ]),
          ),
          fits: fit?.fits ?? false,
          context: fit?.context ?? null,
          threads: settings.threads ?? 'measured',
          gpuLayers: settings.gpu === 'off' ? 0 : (settings.gpuLayers ?? 'measured'),
        }),
  }
  if (context.json) {
    writeJson(context.io, document)
    return 'ok'
  }
  const { stdout } = context.io
  const { memory = {}, fits, ...rest } = document as typeof document & { memory?: Record<string, number> }
  const rows = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, key === 'bytes' ? formatSize(bytes) : visible(inWords(value))])
  for (const line of table(rows)) writeLine(stdout, line)
  for (const [length, needed] of Object.entries(memory))
    writeLine(stdout, `memory with a context of ${length}: ${formatSize(needed)}`)
  if (fit)
    writeLine(
      stdout,
      `${fits ? `fits now, with a context of ${fit.context}` : 'does not fit now'}: ${formatSize(available)} can be had`,
    )
  return 'ok'
}

function infoOfKnown(known: KnownModel, context: Context): Outcome {
  if (context.json) writeJson(context.io, known)
  else {
    const rows = Object.entries(known).map(([key, value]) => [
      key,
      key === 'size' || key === 'memory' ? formatSize(value as number) : visible(inWords(value)),
    ])
    for (const line of table(rows)) writeLine(context.io.stdout, line)
    writeLine(context.io.stdout, `"luca model pull ${known.name}" gets it`)
  }
  return 'ok'
}

const sizeOr = (bytes: number | undefined) => (bytes === undefined ? '-' : formatSize(bytes))
