import { join } from 'node:path'
import { askHelper } from '../../command/admin-helper.ts'
import { misuse } from '../../command/arguments.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { configurationFolder } from '../../command/installation.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'
import type { ConfigurationName } from '../../contracts/admin-results.ts'
import { readFileBounded } from '../../host/bounded-file.ts'

const NAMES: readonly ConfigurationName[] = ['gateway', 'models']
const MAX_BYTES = 256 * 1024

export const config: Command = {
  name: 'config',
  summary: "show or change the appliance's configuration: gateway or models",
  details:
    '"models" is about the language models elsewhere. A file is accepted only if the gateway can use it. Under ' +
    '"luca up" they are files in the folder "etc" of the state, which you edit yourself.',
  verbs: {
    show: { usage: 'gateway|models', summary: 'print it' },
    set: { usage: 'gateway|models FILE', summary: 'replace it', appliance: true },
    remove: { usage: 'gateway|models', summary: 'go back to the defaults', appliance: true },
  },
  async run({ verb, positionals: [given, file = ''] }, context) {
    const name = NAMES.find((one) => one === given)
    if (!name) throw misuse(config, `"${given}" is neither of ${NAMES.join(' and ')}`, verb)
    if (verb === 'show') return show(name, context)
    return change(name, verb === 'set' ? await readGivenFile(file, MAX_BYTES) : null, context)
  },
}

async function show(name: ConfigurationName, context: Context): Promise<Outcome> {
  const text =
    (await readFileBounded(join(configurationFolder(context.io.env), `${name}.yaml`), MAX_BYTES)) ?? null
  if (context.json) writeJson(context.io, { name, text })
  else if (text === null) writeLine(context.io.stderr, `There is no ${name}.yaml: everything is as it comes.`)
  else writeLine(context.io.stdout, visible(text.trimEnd()))
  return 'ok'
}

async function change(name: ConfigurationName, text: string | null, context: Context): Promise<Outcome> {
  const { restarted } = await askHelper(context, 'configuration/set', { name, text }, 'changing it')
  if (context.json) writeJson(context.io, { name, restarted })
  else
    writeLine(
      context.io.stdout,
      `${text === null ? 'removed' : 'took'} ${name}.yaml${restarted ? '; the gateway starts anew' : ''}`,
    )
  return 'ok'
}
