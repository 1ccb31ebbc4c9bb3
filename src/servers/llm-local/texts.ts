/** What is said when no model can do what was asked: always with the way on. */
import { type Fit, fitContext } from '../../models/context.ts'
import type { ModelKind } from '../../models/describe.ts'
import { EngineError } from '../../models/engine.ts'
import type { ModelsFolder, UsableModel } from '../../models/folder.ts'
import { REGISTRY } from '../../models/registry.ts'
import type { ModelSettings } from '../../models/settings.ts'

const MOST_NAMED = 5

export function noModel(folder: ModelsFolder, kind: ModelKind): EngineError {
  const [suggestion] = REGISTRY.filter((entry) => entry.kind === kind)
  const faulty = folder.list().filter(({ problem }) => problem !== undefined)
  const damaged =
    faulty.length === 0
      ? ''
      : ` Not usable: ${faulty
          .map(({ id, problem }) => `${id} (${problem})`)
          .slice(0, MOST_NAMED)
          .join('; ')}.`
  return new EngineError(
    'no_model',
    `There is no ${kind === 'chat' ? 'language model' : 'model for embeddings'} on this machine yet. Get one with "luca model pull ${suggestion?.name}" ("luca model list" shows more), put a .gguf file into ${folder.path}, or use a remote provider.${damaged}`,
  )
}

export function unknownModel(name: string, folder: ModelsFolder): EngineError {
  const models = folder.list()
  const found = models.find(({ id }) => id === name)
  if (found)
    return new EngineError(
      'bad_model_file',
      `The file of the model "${name}" can't be used: ${found.problem}. Get it anew with "luca model pull", or remove it with "luca model remove ${name}".`,
    )
  const there = models.filter(({ problem }) => problem === undefined).map(({ id }) => id)
  return new EngineError(
    'unknown_model',
    `There is no model "${name.slice(0, 100)}" on this machine. ${
      there.length === 0
        ? 'There is none at all; "luca model list" shows what you can get.'
        : `There are: ${there.join(', ')}.`
    }`,
    { details: { models: there } },
  )
}

export const wrongKind = ({ id }: UsableModel, wanted: ModelKind): EngineError =>
  new EngineError(
    'invalid_request',
    wanted === 'embedding'
      ? `The model "${id}" writes, and gives no embeddings; name one of kind "embedding".`
      : `The model "${id}" gives embeddings, and does not write; name one of kind "chat".`,
  )

export function doesNotFit(
  model: UsableModel,
  { context, needed }: Fit,
  available: number,
  folder: ModelsFolder,
  settings: ModelSettings,
): EngineError {
  const shorter = fitContext(model.description, available)
  const others = folder
    .usable()
    .filter(({ description: { kind } }) => kind === model.description.kind)
    .filter((other) => other !== model && fitContext(other.description, available).fits)
    .map(({ id }) => id)
  const known = REGISTRY.filter(({ kind, memory }) => kind === model.description.kind && memory <= available)
    .map(({ name }) => name)
    .slice(-MOST_NAMED)
  const ways = [
    ...(settings.context !== undefined && shorter.fits
      ? [
          `with a context of ${shorter.context} tokens it fits ("luca model settings --context ${shorter.context}")`,
        ]
      : []),
    ...(others.length > 0
      ? [`of the models here, these fit: ${others.slice(0, MOST_NAMED).join(', ')}`]
      : []),
    ...(known.length > 0 ? [`of those that "luca model pull" knows, these fit: ${known.join(', ')}`] : []),
  ]
  return new EngineError(
    'out_of_memory',
    `The model "${model.id}" needs ${gigabytes(needed)} of memory with a context of ${context} tokens, and ${gigabytes(available)} are available. ${
      ways.length > 0
        ? `What helps: ${ways.join('; ')}.`
        : 'No model that is known here would fit; free some memory.'
    }`,
    {
      details: { needed_bytes: Math.round(needed), available_bytes: Math.round(available), fitting: others },
    },
  )
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`
