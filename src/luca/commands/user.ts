import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { ownName } from '../../command/own-account.ts'
import { readSecret, typeNew } from '../../command/secret-input.ts'
import { parseSize } from '../../command/sizes.ts'

export const user: Command = {
  name: 'user',
  summary: 'make, list and remove the users of this machine',
  details:
    'A user has a home, a login and servers of their own. Without a password they cannot log in. What a removed ' +
    'user kept stays, unless you give --wipe. passwd without NAME changes your own password.',
  options: {
    'real-name': { value: 'TEXT', verbs: ['add'], description: 'the name that people are called by' },
    quota: {
      value: 'SIZE',
      verbs: ['add'],
      description: 'how much of the disk the user may fill, such as 10G',
    },
    'password-stdin': {
      verbs: ['add', 'passwd'],
      description: 'read the password from stdin; by default luca asks',
    },
    wipe: { verbs: ['remove'], description: 'delete the home and all that services keep for the user' },
    lock: {
      verbs: ['passwd'],
      description: 'remove the password, so that no one can log in with it',
    },
  },
  appliance: true,
  verbs: {
    add: { usage: 'NAME', summary: 'make one' },
    list: { usage: '', summary: 'list them' },
    remove: { usage: 'NAME', summary: 'remove one, and keep the files' },
    passwd: { usage: '[NAME]', summary: 'change a password; your own without NAME' },
    quota: { usage: 'NAME SIZE|none', summary: 'set how much of the disk one may fill' },
  },
  consent: true,
  run(input, context) {
    const [name, size = ''] = input.positionals
    if (input.verb === 'passwd') return passwd(name ?? whose(), input, context)
    if (name === undefined) return list(context)
    if (input.verb === 'add') return add(name, input, context)
    return input.verb === 'remove' ? remove(name, input, context) : quota(name, size, context)
  },
}

async function add(name: string, input: Input, context: Context): Promise<Outcome> {
  const realName = input.text('real-name')
  const size = input.text('quota')
  const bytes = size === undefined ? undefined : parseSize(size)
  const password = await newPassword(name, input, context)
  const params = {
    name,
    ...(realName === undefined ? {} : { realName }),
    ...(bytes === undefined ? {} : { quota: bytes }),
    ...(password === undefined ? {} : { password }),
  }
  const made = await askHelper(context, 'user/add', params, `making ${name}`)
  if (context.json) writeJson(context.io, { user: made.user })
  else {
    writeLine(
      context.io.stdout,
      `made ${made.user.name} (uid ${made.user.uid}), with the home ${made.user.home}`,
    )
    if (!made.user.hasPassword)
      writeLine(context.io.stderr, `There is no password yet: "luca user passwd ${made.user.name}" sets one.`)
  }
  return 'ok'
}

async function list(context: Context): Promise<Outcome> {
  const { users } = await askHelper(context, 'user/list', {}, 'asking for the users')
  if (context.json) writeJson(context.io, { users })
  else {
    const rows = users.map((one) => [
      one.name,
      String(one.uid),
      one.owner ? 'owner' : 'user',
      one.hasPassword ? 'yes' : 'no',
      one.realName ?? '',
    ])
    writeTable(context.io, ['NAME', 'UID', 'ROLE', 'PASSWORD', 'REAL NAME'], rows)
  }
  return 'ok'
}

async function remove(name: string, input: Input, context: Context): Promise<Outcome> {
  const files = input.flag('wipe') ? 'wipe' : 'keep'
  if (!input.flag('yes')) await mustAgree(name, files, context)
  const { kept } = await askHelper(context, 'user/remove', { name, files }, `removing ${name}`)
  if (context.json) writeJson(context.io, { removed: name, kept })
  else {
    writeLine(context.io.stdout, `removed ${visible(name)}`)
    for (const folder of kept) writeLine(context.io.stdout, `kept ${visible(folder)}`)
  }
  return 'ok'
}

async function mustAgree(name: string, files: 'keep' | 'wipe', { ask }: Context): Promise<void> {
  if (!ask) throw new CliError('denied', "luca can't ask you here; confirm with --yes.")
  const what = files === 'wipe' ? 'and delete all files for good' : 'and keep the files'
  const typed = await ask(`Remove ${visible(name)}, ${what}? [y/N] `)
  if (!/^y(es)?$/i.test(typed?.trim() ?? '')) throw new CliError('denied', 'Nothing was removed.')
}

async function passwd(name: string, input: Input, context: Context): Promise<Outcome> {
  const lock = input.flag('lock')
  const password = lock
    ? null
    : await (context.ask && !input.flag('password-stdin')
        ? typeNew(context.ask, newPasswordOf(name))
        : readSecret({ ...context, ask: undefined }, ''))
  if (password === undefined)
    throw new CliError('usage', 'The password is empty; "--lock" removes the password.')
  await askHelper(context, 'user/passwd', { name, password }, `changing the password of ${name}`)
  if (context.json) writeJson(context.io, { name, hasPassword: !lock })
  else
    writeLine(
      context.io.stdout,
      lock ? `locked ${visible(name)}` : `changed the password of ${visible(name)}`,
    )
  return 'ok'
}

async function quota(name: string, size: string, context: Context): Promise<Outcome> {
  const bytes = size === 'none' ? null : parseSize(size)
  await askHelper(context, 'user/quota', { name, bytes }, `setting the quota of ${name}`)
  if (context.json) writeJson(context.io, { name, quota: bytes })
  else
    writeLine(
      context.io.stdout,
      bytes === null ? `${visible(name)} has no quota` : `${visible(name)} may fill ${size}`,
    )
  return 'ok'
}

async function newPassword(name: string, input: Input, context: Context): Promise<string | undefined> {
  if (input.flag('password-stdin')) return readSecret({ ...context, ask: undefined }, '')
  return context.ask ? typeNew(context.ask, newPasswordOf(name)) : undefined
}

const newPasswordOf = (name: string) => `New password of ${visible(name)}`

function whose(): string {
  const name = ownName()
  if (name !== undefined) return name
  throw new CliError('usage', "You have no account on this machine; give the user's NAME.")
}
