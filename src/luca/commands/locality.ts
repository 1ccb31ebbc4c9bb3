/** Where the machine stands: its keyboard, time zone and language, one by one, and all that a new machine asks for. */

import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import { inLine, visible, writeJson, writeLine } from '../../command/output.ts'
import type { ResultOf } from '../../contracts/admin-helper.ts'
import type { Locality } from '../../contracts/admin-rules.ts'
import { askForIndex } from '../search/offer.ts'
import { matching } from './matching.ts'
import { askForNetwork } from './wifi.ts'

type Part = keyof Locality
type Known = ResultOf<'locality/get'>

const LIST = 'list'
/** How many of what was nearly meant are shown. */
const MOST_SHOWN = 8

const CALLED: Readonly<Record<Part, string>> = {
  keyboard: 'keyboard',
  timezone: 'time zone',
  language: 'language',
}

export const keyboard = commandFor(
  'keyboard',
  "show the keyboard of this machine's screen, or choose another",
  'It is also the one that the passphrase of an encrypted disk is typed with, from the next start on. ' +
    'Terminals that come in over SSH have their own.',
)
export const timezone = commandFor('timezone', "show this machine's time zone, or choose another")
export const language = commandFor(
  'language',
  'show the language of dates and orders in shells, or choose another',
  'Programs of the system follow it, such as ls and date. What luca says is in English, whatever it is. A login that is open keeps its own.',
)

/** A command for one part, which shows it, lists what there is, or changes it. */
function commandFor(part: Part, summary: string, details?: string): Command {
  return {
    name: part,
    usage: `[NAME|${LIST}]`,
    summary,
    ...(details === undefined ? {} : { details }),
    appliance: true,
    positionals: [0, 1],
    async run({ positionals: [name] }, context) {
      if (name === undefined || name === LIST) {
        const known = await askHelper(context, 'locality/get', {}, `asking for the ${CALLED[part]}`)
        const names = namesOf(known, part)
        if (context.json) writeJson(context.io, { [part]: known[part], ...(name === LIST ? { names } : {}) })
        else
          for (const line of name === LIST ? names : [known[part]])
            writeLine(context.io.stdout, visible(line))
      } else {
        const now = await askHelper(context, 'locality/set', { [part]: name }, `changing the ${CALLED[part]}`)
        if (context.json) writeJson(context.io, { [part]: now[part] })
        else writeLine(context.io.stdout, visible(now[part]))
      }
      return 'ok'
    },
  }
}

export const begin: Command = {
  name: 'begin',
  usage: '',
  summary: 'choose keyboard, time zone, language, wireless network and what is searched, one question each',
  options: {
    new: { description: 'ask only what was not chosen yet; the screen does so at the first start' },
  },
  appliance: true,
  positionals: [0, 0],
  async run(input, context) {
    const { ask } = context
    if (!ask)
      throw new CliError(
        'denied',
        'There is no terminal to ask you; choose with "luca keyboard NAME", "luca timezone NAME" and "luca language NAME".',
      )
    const known = await askHelper(context, 'locality/get', {}, 'asking for what was chosen')
    if (known.chosen && input.flag('new')) return 'ok'
    writeLine(
      context.io.stderr,
      'Enter keeps what stands in brackets; a part of a name will do, and "?" lists all.',
    )
    for (const part of ['keyboard', 'timezone', 'language'] as const) {
      const value = await choose(part, known, context)
      await askHelper(context, 'locality/set', { [part]: value }, `changing the ${CALLED[part]}`)
    }
    await askForNetwork(context)
    await askForIndex(context)
    return 'ok'
  },
}

/** Asks until one is chosen; the one that holds, where nothing more can be asked. */
async function choose(part: Part, known: Known, { ask, io }: Context): Promise<string> {
  const names = namesOf(known, part)
  for (;;) {
    const typed = (await ask?.(`${CALLED[part]} [${known[part]}]: `))?.trim()
    if (!typed) return known[part]
    const found = typed === '?' ? names : matching(names, typed)
    const [one] = found
    if (one !== undefined && found.length === 1) return one
    const shown = typed === '?' ? found : found.slice(0, MOST_SHOWN)
    writeLine(
      io.stderr,
      found.length === 0
        ? `There is no ${CALLED[part]} like "${inLine(typed)}".`
        : `${shown.join('  ')}${shown.length < found.length ? `  and ${found.length - shown.length} more` : ''}`,
    )
  }
}

const namesOf = ({ keyboards, languages }: Known, part: Part): string[] =>
  part === 'keyboard'
    ? keyboards
    : part === 'language'
      ? languages
      : ['UTC', ...Intl.supportedValuesOf('timeZone')]
