import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { ownName } from '../../command/own-account.ts'
import { readFileBounded } from '../../host/bounded-file.ts'

const MAX_KEY_BYTES = 64 * 1024

export const sshKey: Command = {
  name: 'ssh-key',
  summary: 'manage the keys that can log in over SSH',
  details:
    'KEY is a public key, such as "ssh-ed25519 AAAA… me", and FILE one that holds it, such as ~/.ssh/id_ed25519.pub. The ' +
    "owner's keys log in as luca, which is this program, and as owner, which is a shell.",
  options: { user: { value: 'USER', description: 'whose login it is for; yours by default' } },
  appliance: true,
  verbs: {
    add: { usage: 'KEY|FILE…', summary: 'add one' },
    list: { usage: '', summary: 'list them' },
    remove: { usage: 'FINGERPRINT', summary: 'remove one' },
  },
  run(input, context) {
    const words = input.positionals
    const name = input.text('user') ?? ownName()
    if (name === undefined)
      throw new CliError('usage', 'You have no name on this machine; --user says whose keys they are.')
    if (input.verb === 'add') return add(name, words.join(' '), context)
    return input.verb === 'remove' ? remove(name, words.join(' '), context) : list(name, context)
  },
}

async function add(name: string, given: string, context: Context): Promise<Outcome> {
  const key = /^(ssh|ecdsa|sk)-\S+ /.test(given) ? given : await readKey(given)
  const done = await askHelper(context, 'ssh-key/add', { name, key }, 'adding the key')
  if (context.json) writeJson(context.io, done)
  else writeLine(context.io.stdout, `added ${done.fingerprint}`)
  return 'ok'
}

async function readKey(path: string): Promise<string> {
  try {
    const text = await readFileBounded(path, MAX_KEY_BYTES)
    if (text !== undefined) return text.trim()
  } catch (cause) {
    throw new CliError(
      'usage',
      `"${inLine(path)}" is neither a public key nor a file that can be read: ${(cause as Error).message}`,
      { cause },
    )
  }
  throw new CliError('usage', `"${inLine(path)}" is neither a public key nor a file that can be read.`)
}

async function list(name: string, context: Context): Promise<Outcome> {
  const { keys } = await askHelper(context, 'ssh-key/list', { name }, 'asking for the keys')
  if (context.json) writeJson(context.io, { keys })
  else {
    const rows = keys.map((key) => [key.fingerprint, key.type, key.source, key.comment])
    writeTable(context.io, ['FINGERPRINT', 'TYPE', 'FROM', 'COMMENT'], rows)
  }
  return 'ok'
}

async function remove(name: string, fingerprint: string, context: Context): Promise<Outcome> {
  await askHelper(context, 'ssh-key/remove', { name, fingerprint }, 'removing the key')
  if (context.json) writeJson(context.io, { removed: fingerprint })
  else writeLine(context.io.stdout, `removed ${inLine(fingerprint)}`)
  return 'ok'
}
