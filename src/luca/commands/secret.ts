import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { writeJson, writeLine, writeTable } from '../../command/output.ts'
import { readSecret } from '../../command/secret-input.ts'
import { type Secrets, secretsOf } from '../../command/secrets.ts'
import type { SecretChanged } from '../../contracts/admin-results.ts'

export const secret: Command = {
  name: 'secret',
  summary: 'give servers their secrets, such as the password of a mailbox',
  details:
    'It reads the value from stdin, or asks for it at a terminal. The value is encrypted for this machine, under "luca up" kept in a ' +
    'file that you alone can read. Only its server sees it again.',
  gateway: true,
  options: {
    user: { value: 'USER', description: 'whose server it is for; by default a server of the whole system' },
  },
  verbs: {
    set: { usage: 'SERVER NAME', summary: 'set one, read from stdin or asked for' },
    list: { usage: '', summary: 'list their names, never their values' },
    remove: { usage: 'SERVER NAME', summary: 'remove one' },
  },
  run(input, context) {
    const [server = '', name = ''] = input.positionals
    if (input.verb === 'set') return set(server, name, input, context)
    return input.verb === 'remove' ? remove(server, name, input, context) : list(input, context)
  },
}

const userOf = (input: Input): string | null => input.text('user') ?? null

async function set(server: string, name: string, input: Input, context: Context): Promise<Outcome> {
  const value = await readSecret(context, `${name} for ${server}: `)
  const secrets = secretsOf(context)
  const done = await secrets.set({ server, name, user: userOf(input) }, value)
  return told(`kept ${name} for ${server}`, done, secrets, context)
}

async function list(input: Input, context: Context): Promise<Outcome> {
  const all = await secretsOf(context).list()
  const user = userOf(input)
  const secrets = user === null ? all : all.filter((one) => one.user === user)
  if (context.json) writeJson(context.io, { secrets })
  else {
    const rows = secrets.map((one) => [one.server, one.user ?? '-', one.name])
    writeTable(context.io, ['SERVER', 'USER', 'NAME'], rows)
  }
  return 'ok'
}

async function remove(server: string, name: string, input: Input, context: Context): Promise<Outcome> {
  const secrets = secretsOf(context)
  const done = await secrets.remove({ server, name, user: userOf(input) })
  return told(`removed ${name} of ${server}`, done, secrets, context)
}

function told(what: string, { restarted }: SecretChanged, { hint }: Secrets, { io, json }: Context): Outcome {
  if (json) writeJson(io, { restarted })
  else {
    writeLine(io.stdout, what)
    if (!restarted) writeLine(io.stderr, hint)
  }
  return 'ok'
}
