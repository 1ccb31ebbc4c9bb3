import { CallError, defineTool, type GatewayModel, ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import { EmbedderError } from '../../../search/embedding/embedder.ts'
import type { ModelCalls } from '../../../search/embedding/gateway-embedder.ts'
import type { CheckedModel, EmbeddingModels } from '../../../search/embedding/models.ts'
import { quoted } from '../confined/explain.ts'
import { INDEX_CAPABILITY } from '../found/answer.ts'
import type { FileSearch } from '../search/file-search.ts'
import { Options, textBlocks } from './reply.ts'

const SOURCES = ['shipped', 'folder', 'machine', 'elsewhere', 'none'] as const

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
        provider: Type.Optional(Type.String({ description: 'Whom texts are sent to.' })),
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
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  asksItself: true,
  stake: ['name'],
  untrusted: 'file',
  async handler({ action = 'list', name }, call, { models, search }: SearchModelsDeps) {
    if (action !== 'list' && name === undefined)
      throw new ToolError(`Give the name of the model to ${action}.`, { kind: 'invalid' })
    try {
      const { gateway } = call
      const to = action === 'use' && name !== undefined ? await models.elsewhere(name, gateway) : undefined
      if (to !== undefined)
        call.consent(
          `send the texts of all searched folders, and each question, to ${quoted(to)}, whose model ${quoted(name ?? '')} makes their vectors`,
          to,
        )
      const checked =
        action === 'list' || name === undefined ? undefined : await models[action](name, gateway)
      if (action === 'use') await search.modelChanged(call)
      const list = models.list(await othersOf(gateway)).map(({ problem, ...model }) => ({
        ...model,
        ...(problem === undefined ? {} : { problem }),
      }))
      const lines = list.map(
        ({ name, isChosen, provider, problem }) =>
          `${quoted(name)}${isChosen ? ' (in use)' : ''}${provider === undefined ? '' : ` (texts are sent to ${quoted(provider)})`}${problem === undefined ? '' : `: ${problem}`}`,
      )
      return {
        content: textBlocks(
          [
            checked && told(checked, action === 'use'),
            to && `Texts of searched folders and questions are sent to ${quoted(to)}.`,
            ...lines,
          ]
            .filter(Boolean)
            .join('\n'),
        ),
        structured: { models: list, ...(checked ? { checked } : {}) },
      }
    } catch (cause) {
      if (cause instanceof EmbedderError || cause instanceof CallError)
        throw new ToolError(cause.message, { cause, untrusted: 'file' })
      throw cause
    }
  },
})

/** Undefined where the caller may not ask for them, or they can't be had. */
async function othersOf(calls: ModelCalls): Promise<GatewayModel[] | undefined> {
  try {
    return await calls.models()
  } catch (error) {
    if (error instanceof CallError) return undefined
    throw error
  }
}

function told({ name, dimensions, maxTokens, textsPerSecond }: CheckedModel, isUsed: boolean): string {
  if (dimensions === 0) return 'Words alone find files from now on.'
  const fit = `it has ${dimensions} numbers for a text of up to ${maxTokens} tokens, and does about ${textsPerSecond} short texts a second.`
  return isUsed
    ? `${quoted(name)} is used from now on: ${fit} What was read is embedded anew in the background.`
    : `${quoted(name)} works: ${fit}`
}
