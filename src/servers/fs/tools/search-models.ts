import { defineTool, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { EmbedderError } from '../../../search/embedding/embedder.ts'
import type { CheckedModel, EmbeddingModels } from '../../../search/embedding/models.ts'
import { quoted } from '../confined/explain.ts'
import { INDEX_CAPABILITY } from '../found/answer.ts'
import type { FileSearch } from '../search/file-search.ts'
import { Options, textBlocks } from './reply.ts'

const SOURCES = ['shipped', 'folder', 'none'] as const

export interface SearchModelsDeps {
  readonly models: EmbeddingModels
  readonly search: Pick<FileSearch, 'modelChanged'>
}

export const searchModels = defineTool({
  name: 'search_models',
  title: 'Models of Search',
  description: 'Lists the models that can find texts by meaning; checks or chooses one.',
  capability: INDEX_CAPABILITY,
  alsoNeeds: 'fs.list',
  input: Type.Object(
    {
      action: Type.Optional(Type.Enum(['list', 'check', 'use'], { default: 'list' })),
      name: Type.Optional(Type.String({ maxLength: 200, description: 'To check or use.' })),
    },
    Options,
  ),
  output: Type.Object({
    models: Type.Array(
      Type.Object({
        name: Type.String(),
        source: Type.Enum([...SOURCES]),
        isChosen: Type.Boolean(),
        problem: Type.Optional(Type.String()),
      }),
    ),
    checked: Type.Optional(
      Type.Object({
        name: Type.String(),
        dimensions: Type.Integer({ description: '0 where no model is used.' }),
        maxTokens: Type.Integer(),
        textsPerSecond: Type.Integer(),
      }),
    ),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  untrusted: 'file',
  async handler({ action = 'list', name }, call, { models, search }: SearchModelsDeps) {
    if (action !== 'list' && name === undefined)
      throw new ToolError(`Give the name of the model to ${action}.`, { kind: 'invalid' })
    try {
      const checked = action === 'list' || name === undefined ? undefined : await models[action](name)
      if (action === 'use') await search.modelChanged(call)
      const list = models.list().map(({ problem, ...model }) => ({
        ...model,
        ...(problem === undefined ? {} : { problem }),
      }))
      const lines = list.map(
        ({ name, isChosen, problem }) =>
          `${quoted(name)}${isChosen ? ' (in use)' : ''}${problem === undefined ? '' : `: ${problem}`}`,
      )
      return {
        content: textBlocks(
          [checked && told(checked, action === 'use'), ...lines].filter(Boolean).join('\n'),
        ),
        structured: { models: list, ...(checked ? { checked } : {}) },
      }
    } catch (cause) {
      if (cause instanceof EmbedderError) throw new ToolError(cause.message, { cause, untrusted: 'file' })
      throw cause
    }
  },
})

function told({ name, dimensions, maxTokens, textsPerSecond }: CheckedModel, isUsed: boolean): string {
  if (dimensions === 0) return 'Words alone find files from now on.'
  const fit = `it has ${dimensions} numbers for a text of up to ${maxTokens} tokens, and does about ${textsPerSecond} short texts a second.`
  return isUsed
    ? `${quoted(name)} is used from now on: ${fit} What was read is embedded anew in the background.`
    : `${quoted(name)} works: ${fit}`
}
