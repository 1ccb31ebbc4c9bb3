/** `luca search models`: which model finds by meaning. */
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, patiently, table, writeJson, writeLine } from '../../command/output.ts'
import { isRecord, isWhole, textIn } from '../../protocol/values.ts'
import { ask } from './ask.ts'

const TOOL = 'fs_search_models'

interface Model {
  name: string
  /** A word; `shipped`, `folder` and `none` are known. */
  source: string
  /** Whom texts are sent to. */
  provider: string | undefined
  isChosen: boolean
  problem: string | undefined
}

interface Models {
  models: readonly Model[]
  checked: { dimensions: number; maxTokens: number; textsPerSecond: number } | undefined
}

const SOURCES: Readonly<Record<string, string>> = {
  shipped: 'comes with llmbasedos; knows English',
  folder: 'your own',
  machine: 'a model of this machine',
  none: 'words alone find files',
}

export async function manageModels(words: readonly string[], context: Context): Promise<Outcome> {
  const [action = 'list', name, ...more] = words
  if (
    !['list', 'check', 'use'].includes(action) ||
    more.length > 0 ||
    (action === 'list') !== (name === undefined)
  )
    throw new CliError(
      'usage',
      'Say "luca search models", "luca search models check NAME" or "luca search models use NAME".',
    )
  const doing = action === 'list' ? 'asking for the models' : `trying ${name}`
  const { value, document } = await patiently(
    context,
    () => doing,
    ask(context, TOOL, name === undefined ? { action } : { action, name }, modelsIn),
  )
  if (context.json) writeJson(context.io, document)
  else if (name === undefined) showModels(value, context)
  else showChecked(name, action === 'use', value, context)
  return 'ok'
}

/** Names that may be given, for completion. */
export async function modelNames(context: Context): Promise<string[]> {
  const { value } = await ask(context, TOOL, { action: 'list' }, modelsIn)
  return value.models.map(({ name }) => name)
}

function showModels({ models }: Models, { io }: Context): void {
  const rows = models.map(({ name, source, provider, isChosen, problem }) => [
    isChosen ? '*' : '',
    inLine(name),
    inLine(problem ?? (provider === undefined ? SOURCES[source] : `texts are sent to ${provider}`) ?? source),
  ])
  for (const line of table(rows)) writeLine(io.stdout, line)
}

function showChecked(name: string, isUsed: boolean, { models, checked }: Models, { io }: Context): void {
  const say = (text: string) => writeLine(io.stdout, text)
  if (!checked || checked.dimensions === 0) {
    say(isUsed ? 'Words alone find files from now on.' : 'Nothing to check.')
    return
  }
  const { dimensions, maxTokens, textsPerSecond } = checked
  say(
    `${inLine(name)} works: ${dimensions} numbers for a text of up to ${maxTokens} tokens, about ${textsPerSecond} short texts a second.`,
  )
  if (isUsed) say('It is used from now on. What was read is embedded anew in the background.')
  const provider = models.find((model) => model.name === name)?.provider
  if (provider !== undefined) say(`Texts of searched folders and questions are sent to ${inLine(provider)}.`)
}

function modelsIn(value: unknown): Models | undefined {
  if (!isRecord(value) || !Array.isArray(value.models)) return undefined
  const { checked } = value
  return {
    models: value.models.flatMap((model) =>
      isRecord(model) && typeof model.name === 'string'
        ? [
            {
              name: model.name,
              source: textIn(model.source) ?? '',
              provider: textIn(model.provider),
              isChosen: model.isChosen === true,
              problem: textIn(model.problem),
            },
          ]
        : [],
    ),
    checked: isRecord(checked)
      ? {
          dimensions: countIn(checked.dimensions),
          maxTokens: countIn(checked.maxTokens),
          textsPerSecond: countIn(checked.textsPerSecond),
        }
      : undefined,
  }
}

const countIn = (value: unknown): number => (isWhole(value, 0) ? value : 0)
