/** What the Tab key suggests: names, paths, options, and the arguments that a method or tool takes. */

import { optionsOf } from '../command/arguments.ts'
import { listFolder, opensAsFolder } from '../command/served-entries.ts'
import { textIn } from '../protocol/values.ts'
import { type JsonPlace, jsonPlace } from './json-place.ts'
import type { Offer, Parameter } from './offer.ts'
import type { LineShell } from './shell.ts'
import { lastStart, type UnfinishedWord, unfinishedWord } from './unfinished.ts'

/** Suggestions, and the end of the line that each of them replaces. */
export type Completion = [suggestions: string[], replaced: string]

/** Commands whose first argument is a path of the served files. */
const WITH_PATH: ReadonlySet<string> = new Set(['ls', 'dir', 'cd', 'cat', 'rm'])
/** The same of commands with verbs, whose first word is one of those. */
const VERBS_WITH_PATH: ReadonlySet<string> = new Set(['index'])
/** Methods and tools that work on the served files, and what they call the paths. */
const OF_FILES = /^(mcp\.fs\.|fs_)/
const PATH_NAMES: ReadonlySet<string> = new Set(['path', 'source', 'destination', 'folder', 'scope'])

type Shell = Pick<LineShell, 'commands' | 'offer' | 'context'>

/** Rejects where the gateway is away and has to be asked. */
export async function completeLine(text: string, shell: Shell, signal: AbortSignal): Promise<Completion> {
  const word = unfinishedWord(text)
  if (word) return [await wordsFor(word, shell, signal), word.typed]
  const start = lastStart(text)
  const name = unfinishedWord(text.slice(0, start))?.before[0]
  const place = jsonPlace(text.slice(start))
  if (name === undefined || !place) return [[], '']
  return [await jsonFor(name, place, shell, signal), place.typed]
}

async function wordsFor(word: UnfinishedWord, shell: Shell, signal: AbortSignal): Promise<string[]> {
  const { before, value, typed } = word
  const [name, ...given] = before
  if (name === undefined) return choose(word, await allNames(shell, signal))
  const command = shell.commands.find((one) => one.name === name)
  if (command && typed.startsWith('-'))
    return choose(
      word,
      Object.keys(
        optionsOf(
          command,
          given.find((one) => !isOption(one)),
        ),
      ).map((option) => `--${option}`),
    )
  if (name === 'help') {
    const about = shell.commands.find((one) => one.name === given[0])
    return choose(word, given.length === 0 ? namesOf(shell) : Object.keys(about?.verbs ?? {}))
  }
  if (command?.verbs && given.every(isOption)) return choose(word, Object.keys(command.verbs))
  if (VERBS_WITH_PATH.has(name) && given.length === 1) return choose(word, await paths(value, shell, signal))
  if (WITH_PATH.has(name)) return given.every(isOption) ? choose(word, await paths(value, shell, signal)) : []
  if (command) return []
  const parameters = (await shell.offer(signal)).parametersOf(name)
  const parameter = parameters[given.length]
  const values = parameter ? await valuesOf(name, parameter, value, shell, signal) : []
  if (values.length > 0 || typed !== '' || given.length > 0) return choose(word, values)
  const first = parameters.find(({ required }) => required) ?? parameters[0]
  return first ? [`{${keyText(first)}`] : []
}

const isOption = (word: string): boolean => word.startsWith('-')
const namesOf = ({ commands }: Shell): string[] => commands.map(({ name }) => name)

async function allNames(shell: Shell, signal: AbortSignal): Promise<string[]> {
  const { names } = await shell.offer(signal).catch((): Pick<Offer, 'names'> => ({ names: [] }))
  return [...new Set([...namesOf(shell), ...names])]
}

/** Those that begin with what was typed, as they are typed here. After all but a folder the next word follows. */
function choose({ value, write }: UnfinishedWord, all: readonly string[]): string[] {
  return beginningWith(all, value).map((one) =>
    one.endsWith('/') ? write(one, false) : `${write(one, true)} `,
  )
}

async function jsonFor(name: string, place: JsonPlace, shell: Shell, signal: AbortSignal): Promise<string[]> {
  const parameters = (await shell.offer(signal)).parametersOf(name)
  if (place.in === 'key')
    return beginningWith(
      parameters.filter((one) => !place.taken.includes(one.name)).map(keyText),
      place.typed,
    )
  const parameter =
    typeof place.of === 'number' ? parameters[place.of] : parameters.find((one) => one.name === place.of)
  if (!parameter) return []
  if (parameter.type === 'boolean') return beginningWith(['false', 'true'], place.typed)
  const values = await valuesOf(name, parameter, textSoFar(place.typed), shell, signal)
  const written = values.map((value) =>
    value.endsWith('/') ? JSON.stringify(value).slice(0, -1) : JSON.stringify(value),
  )
  return beginningWith(written, place.typed)
}

/** A key, and the quote that opens its value where that is a text. */
const keyText = ({ name, type }: Parameter): string =>
  `${JSON.stringify(name)}: ${type === 'string' ? '"' : ''}`

/** The beginning of a JSON string, without what is not whole at its end. */
function textSoFar(typed: string): string {
  try {
    return textIn(JSON.parse(`${typed.replace(/"$/, '')}"`)) ?? ''
  } catch {
    return ''
  }
}

async function valuesOf(
  name: string,
  { name: parameter, type, choices }: Parameter,
  typed: string,
  shell: Shell,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (choices) return choices
  if (type === 'boolean') return ['false', 'true']
  const isPath = OF_FILES.test(name) && PATH_NAMES.has(parameter)
  return isPath ? paths(typed.startsWith('/') ? typed : '/', shell, signal) : []
}

/** What is in the folder that is typed so far; folders end in a slash. */
async function paths(typed: string, shell: Shell, signal: AbortSignal): Promise<string[]> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const entries = await listFolder(shell.context(SILENT, signal), folder === '' ? '.' : folder)
  return entries
    .filter(({ name }) => !/\p{Cc}/u.test(name))
    .map((entry) => folder + (opensAsFolder(entry) ? `${entry.name}/` : entry.name))
}

const SILENT = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {} }

const beginningWith = (all: readonly string[], typed: string): string[] =>
  all.filter((one) => one.startsWith(typed)).sort()
