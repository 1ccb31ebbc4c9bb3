/** `luca model use`, `settings` and `bench`. */

import { CliError } from '../../command/cli-error.ts'
import type { Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, patiently, table, writeJson, writeLine } from '../../command/output.ts'
import { formatSize, parseSize } from '../../command/sizes.ts'
import { availableMemory } from '../../host/memory.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { DEFAULT_CONTEXT } from '../../models/context.ts'
import { type ModelKind, memoryNeeded } from '../../models/describe.ts'
import { defaultModel } from '../../models/folder.ts'
import { GPU_CHOICES, type ModelSettings, parseSettings } from '../../models/settings.ts'
import { BENCH_CONTEXT, benchModel } from './bench.ts'
import { type Models, settingsOf, usable } from './models.ts'

type Numbers = 'threads' | 'gpuLayers' | 'context' | 'memoryMb'

/** Chooses the model that is used where none of its kind is named. */
export async function use(name: string, models: Models, { io, json }: Context): Promise<Outcome> {
  const kept = settingsOf(models)
  const { id, description } = usable(name, models)
  keep({ ...kept, default: { ...kept.default, [description.kind]: id } }, models)
  if (json) writeJson(io, settingsOf(models))
  else
    writeLine(
      io.stdout,
      `${id} is the one for ${description.kind === 'chat' ? 'chat' : 'embeddings'}, from the next request on.`,
    )
  return 'ok'
}

/** Shows what models are run with, or changes it first. */
export async function settings(models: Models, input: Input, { io, json }: Context): Promise<Outcome> {
  const gpu = input.text('gpu')
  const numbers: [Numbers, string | undefined, (text: string) => number][] = [
    ['threads', input.text('threads'), Number],
    ['gpuLayers', input.text('gpu-layers'), Number],
    ['context', input.text('context'), Number],
    ['memoryMb', input.text('memory'), (text) => Math.floor(parseSize(text) / 1_000_000)],
  ]
  const isChanged = gpu !== undefined || numbers.some(([, text]) => text !== undefined)
  if (isChanged) {
    const changed: Record<string, unknown> = { ...settingsOf(models), ...(gpu === undefined ? {} : { gpu }) }
    for (const [key, text, parse] of numbers)
      if (text === 'auto') delete changed[key]
      else if (text !== undefined) changed[key] = parse(text)
    keep(changed, models)
  }
  const held = settingsOf(models)
  if (json) writeJson(io, held)
  else for (const line of table(rowsOf(held, models))) writeLine(io.stdout, line.trimEnd())
  if (isChanged && !json) writeLine(io.stdout, 'It applies from the next request on.')
  return 'ok'
}

/** Each setting, how it is changed, and what holds where nothing was chosen. */
function rowsOf(held: ModelSettings, { folder }: Models): string[][] {
  const { threads, gpu, gpuLayers, context, memoryMb } = held
  const usual = (kind: ModelKind) => inLine(defaultModel(folder.usable(), kind, held)?.id ?? 'none is here')
  return [
    ['chat', usual('chat'), '"luca model use NAME" chooses another'],
    ['embeddings', usual('embedding'), '"luca model use NAME" chooses another'],
    ['gpu', gpu, `--gpu ${GPU_CHOICES.join('|')}`],
    ['gpu layers', String(gpuLayers ?? 'measured'), '--gpu-layers N|auto'],
    ['threads', String(threads ?? 'measured'), '--threads N|auto'],
    ['context', `${context ?? DEFAULT_CONTEXT} tokens`, '--context N|auto'],
    [
      'memory',
      memoryMb === undefined ? 'what is free' : formatSize(memoryMb * 1_000_000),
      '--memory SIZE|auto',
    ],
  ]
}

/** Whole, or not at all. */
function keep(changed: object, { folder }: Models): void {
  const text = `${JSON.stringify(changed, undefined, 2)}\n`
  checked(text)
  writeFileAtomic(folder.settingsPath, text)
}

/** The same rules as when it is read. */
function checked(text: string): void {
  try {
    parseSettings(text, 'The choice')
  } catch (cause) {
    throw new CliError('usage', (cause as Error).message.replace(/; correct it.*$/, '.'), { cause })
  }
}

export async function bench(name: string | undefined, models: Models, context: Context): Promise<Outcome> {
  const settings = settingsOf(models)
  const chosen = name ?? defaultModel(models.folder.usable(), 'chat', settings)?.id
  if (chosen === undefined)
    throw new CliError(
      'failed',
      'There is no model to measure; "luca model list" shows those that you can get.',
    )
  const model = usable(chosen, models)
  if (model.description.kind !== 'chat')
    throw new CliError('usage', `"${chosen}" makes embeddings; only models that write text can be measured.`)
  const needed = memoryNeeded(model.description, BENCH_CONTEXT)
  const available = availableMemory()
  if (needed > available)
    throw new CliError(
      'failed',
      `"${chosen}" needs ${formatSize(needed)} of memory, and ${formatSize(available)} are available.`,
    )
  const work = benchModel(model, settings, context.signal)
  const speed = await patiently(context, () => `measuring ${chosen}`, work)
  if (context.json) {
    writeJson(context.io, { model: chosen, ...speed })
    return 'ok'
  }
  const line = (text: string) => writeLine(context.io.stdout, text)
  line(
    `loaded in ${(speed.loadMs / 1000).toFixed(1)} s${speed.gpu === null ? '' : `, ${speed.gpuLayers} layers on ${speed.gpu}`}`,
  )
  for (const [layers, perSecond] of Object.entries(speed.byLayers))
    line(`${layers.padStart(4)} layers on the GPU: ${perSecond.toFixed(1)} tokens/s`)
  for (const [threads, perSecond] of Object.entries(speed.byThreads))
    line(`${threads.padStart(4)} threads: ${perSecond.toFixed(1)} tokens/s`)
  line(
    `with ${speed.threads}: reads ${speed.promptTokensPerSecond.toFixed(0)} tokens/s, writes ${speed.tokensPerSecond.toFixed(1)} tokens/s`,
  )
  const options = `--threads ${speed.threads}${speed.gpu === null ? '' : ` --gpu-layers ${speed.gpuLayers}`}`
  line(`"luca model settings ${options}" keeps that, whatever later measurements say`)
  return 'ok'
}
