/** What the verbs of `luca model` work with. */

import { CliError } from '../../command/cli-error.ts'
import { suggestName } from '../../host/suggest.ts'
import type { ModelFile, ModelsFolder, UsableModel } from '../../models/folder.ts'
import type { ModelSettings } from '../../models/settings.ts'
import type { KnownModels } from './known.ts'

export interface Models {
  folder: ModelsFolder
  known: KnownModels
}

/** The settings; throws a CliError where their file is faulty. */
export function settingsOf({ folder }: Models): ModelSettings {
  try {
    return folder.settings()
  } catch (cause) {
    throw new CliError('failed', (cause as Error).message, { cause })
  }
}

/** The file of a model, faulty or not. Throws a CliError that suggests others. */
export function present(name: string, { folder, known }: Models): ModelFile {
  const files = folder.list()
  const found = files.find(({ id }) => id === name)
  if (found) return found
  const near = suggestName(
    name,
    files.map(({ id }) => id),
  )
  throw new CliError(
    'usage',
    known.find(name)
      ? `The model "${name}" is not here yet; "luca model pull ${name}" gets it.`
      : `There is no model "${name}" in ${folder.path}${near === undefined ? '; "luca model list" lists them.' : `; did you mean "${near}"?`}`,
  )
}

/** A model that can be used. Throws a CliError that says why it can't. */
export function usable(name: string, models: Models): UsableModel {
  const file = present(name, models)
  if (file.description === undefined)
    throw new CliError(
      'failed',
      `The file of "${name}" can't be used: ${file.problem}. Pull it again, or remove it.`,
    )
  return { ...file, description: file.description }
}
