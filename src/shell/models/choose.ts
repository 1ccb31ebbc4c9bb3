/** `luca model use` and `bench`. */
import { availableMemory } from '../../host/memory.ts'
import { memoryNeeded } from '../../models/describe.ts'
import { defaultModel } from '../../models/folder.ts'
import { type ModelSettings, parseSettings } from '../../models/settings.ts'
import type { Context, Input } from '../command.ts'
import type { Outcome } from '../exit-codes.ts'
import { patiently, writeJson, writeLine } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { formatSize, parseSize } from '../sizes.ts'
import { writeWhole } from '../write-whole.ts'
import { BENCH_CONTEXT, benchModel } from './bench.ts'
import { type Models, settingsOf, usable } from './models.ts'

type Numbers = 'threads' | 'gpuLayers' | 'context' | 'memoryMb'

/** Chooses the model that is used where none is named, and what it is used with. */
export async function use(
  name: string | undefined,
  models: Models,
  input: Input,
  context: Context,
): Promise<Outcome> {
  const settings = settingsOf(models)
  const chosen = name === undefined ? undefined : usable(name, models)
  const gpu = input.text('gpu')
  const changed: Record<string, unknown> = {
    ...settings,
    ...(gpu === undefined ? {} : { gpu }),
    default: { ...settings.default, ...(chosen ? { [chosen.description.kind]: chosen.id } : {}) },
  }
  const numbers: [Numbers, string | undefined, (text: string) => number][] = [
    ['threads', input.text('threads'), Number],
    ['gpuLayers', input.text('gpu-layers'), Number],
    ['context', input.text('context'), Number],
    ['memoryMb', input.text('memory'), (text) => Math.floor(parseSize(text) / 1_000_000)],
  ]
  for (const [key, text, parse] of numbers)
    if (text === 'auto') delete changed[key]
    else if (text !== undefined) changed[key] = parse(text)
  const text = `${JSON.stringify(changed, undefined, 2)}\n`
  const written = checked(text)
  writeWhole(models.folder.settingsPath, text)
  if (context.json) writeJson(context.io, written)
  else for (const line of describe(written)) writeLine(context.io.stdout, line)
  return 'ok'
}

/** The same rules as when it is read. */
function checked(text: string): ModelSettings {
  try {
    return parseSettings(text, 'The choice')
  } catch (cause) {
    throw new Refusal('usage', (cause as Error).message.replace(/; correct it.*$/, '.'), { cause })
  }
}

function describe({ default: chosen, ...settings }: ModelSettings): string[] {
  return [
    ...Object.entries(chosen).map(([kind, id]) => `${kind}: ${id}`),
    ...Object.entries(settings).map(([key, value]) => `${key}: ${value}`),
    'It holds from the next request on.',
  ]
}

export async function bench(name: string | undefined, models: Models, context: Context): Promise<Outcome> {
  const settings = settingsOf(models)
  const chosen = name ?? defaultModel(models.folder.usable(), 'chat', settings)?.id
  if (chosen === undefined)
    throw new Refusal(
      'failed',
      'There is no model to measure; "luca model list" shows those that can be had.',
    )
  const model = usable(chosen, models)
  if (model.description.kind !== 'chat')
    throw new Refusal('usage', `"${chosen}" gives embeddings; only models that write are measured.`)
  const needed = memoryNeeded(model.description, BENCH_CONTEXT)
  const available = availableMemory()
  if (needed > available)
    throw new Refusal(
      'failed',
      `"${chosen}" needs ${formatSize(needed)} of memory, and ${formatSize(available)} can be had.`,
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
  line(`"luca model use ${chosen} ${options}" keeps that, whatever is measured later`)
  return 'ok'
}
