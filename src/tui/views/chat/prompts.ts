/** Prompts of the servers, by their names after a slash: `/name value`, `/name topic=value`. */
import type { Prompt, Result } from '../../../protocol/mcp.ts'
import { put } from '../../../protocol/values.ts'
import { promptTextIn, understood } from '../../model/answers.ts'
import { editorOf } from '../../model/editor.ts'
import { type Outcome, step } from '../../model/effects.ts'
import type { World } from '../../model/view.ts'
import { promptOf } from './server.ts'
import type { ChatState, ChatStep } from './state.ts'
import { sendQuestion } from './talk.ts'

/** What is typed as the name of a prompt, and what goes with it; undefined where it is none. Two slashes begin a text. */
function commandIn(text: string): { name: string; rest: string } | undefined {
  const [, name, rest = ''] = /^\/(?!\/)(\S*)\s*([\s\S]*)$/.exec(text.trim()) ?? []
  return name === undefined ? undefined : { name, rest }
}

export const isCommand = (text: string): boolean => commandIn(text) !== undefined
/** Whether the name is still being typed. */
export const isName = (text: string): boolean => isCommand(text) && !/\s/.test(text)

/** Asks which prompts there are, to complete the name that is typed, or to send the one that was. */
export const wantPrompts = ({ draft: { text: typed } }: ChatState, isSent: boolean) => ({
  type: 'prompts' as const,
  reply: (outcome: Outcome<readonly Prompt[]>) => ({ type: 'prompts' as const, typed, isSent, outcome }),
})

export function tookPrompts(
  state: ChatState,
  typed: string,
  isSent: boolean,
  outcome: Outcome<readonly Prompt[]>,
): ChatStep {
  const command = commandIn(typed)
  // Whoever has typed on means something else by now.
  if (!command || state.draft.text !== typed) return step(state)
  if (!outcome.ok) return step(state, { type: 'say', text: outcome.error, tone: 'error' })
  if (!isSent) return completed(state, command.name, outcome.value)
  const prompt = outcome.value.find(({ name }) => name === command.name)
  if (!prompt)
    return step(state, { type: 'say', text: unknown(command.name, outcome.value), tone: 'warning' })
  const given = argumentsIn(prompt, command.rest)
  return typeof given === 'string'
    ? step(state, { type: 'say', text: given, tone: 'warning' })
    : step(state, promptOf(typed, prompt.name, given))
}

const ESCAPE = 'A text that begins with // is sent with one slash.'

const unknown = (name: string, all: readonly Prompt[]): string =>
  all.length === 0
    ? `There is no /${name}: no server has prompts. ${ESCAPE}`
    : `There is no /${name}; Tab after / shows those that there are. ${ESCAPE}`

function completed(state: ChatState, begun: string, all: readonly Prompt[]): ChatStep {
  const found = all.filter(({ name }) => name.startsWith(begun))
  const [first] = found
  if (!first) return step(state, { type: 'say', text: unknown(begun, all), tone: 'warning' })
  const isOne = found.length === 1
  const common = found.reduce((start, { name }) => commonStart(start, name), first.name)
  const text = isOne ? usageOf(first) : found.map(({ name }) => `/${name}`).join('  ')
  const draft = editorOf(`/${common}${isOne ? ' ' : ''}`)
  return step({ ...state, draft, recalled: 0 }, { type: 'say', text, tone: 'plain' })
}

function commonStart(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return one.slice(0, length)
}

/** As in `/name TOPIC [STYLE]`. */
function usageOf({ name, description, arguments: taken = [] }: Prompt): string {
  const words = taken.map((one) => (one.required ? one.name.toUpperCase() : `[${one.name.toUpperCase()}]`))
  return `${[`/${name}`, ...words].join(' ')}${description ? `: ${description}` : ''}`
}

/** The values that a prompt is given, by name or one after the other; the last one takes all the rest. What is wrong, where something is. */
export function argumentsIn(prompt: Prompt, text: string): Record<string, string> | string {
  const { arguments: taken = [] } = prompt
  const given: Record<string, string> = {}
  const left = taken.map(({ name }) => name)
  let rest = text.trim()
  while (rest !== '') {
    const [word = ''] = /^(?:[\w-]+=)?(?:"[^"]*"|'[^']*'|\S+)/.exec(rest) ?? []
    const [, key = '', value = ''] = /^([\w-]+)=([\s\S]*)$/.exec(word) ?? []
    const isNamed = left.includes(key)
    const name = isNamed ? key : left[0]
    if (name === undefined) return `There is no place for "${rest}": ${usageOf(prompt)}`
    const isLast = !isNamed && left.length === 1
    put(given, name, unquoted(isLast ? rest : isNamed ? value : word))
    left.splice(left.indexOf(name), 1)
    rest = isLast ? '' : rest.slice(word.length).trim()
  }
  const missing = taken.filter(({ name, required }) => required && !Object.hasOwn(given, name))
  return missing.length === 0 ? given : `Something is missing: ${usageOf(prompt)}`
}

const unquoted = (text: string): string => /^(["'])([^"']*)\1$/.exec(text)?.[2] ?? text

/** What the prompt says is the question. */
export function prompted(state: ChatState, typed: string, outcome: Outcome<Result>, world: World): ChatStep {
  if (state.draft.text !== typed) return step(state)
  const said = understood(outcome, promptTextIn)
  if (!said.ok) return step(state, { type: 'say', text: said.error, tone: 'error' })
  return sendQuestion(state, { by: 'person', text: said.value, files: state.files }, world)
}
