import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { styled, visible, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { readSecret, typeNew } from '../../command/secret-input.ts'
import { formatSize } from '../../command/sizes.ts'
import type { DiskInfo } from '../../contracts/admin-results.ts'

export const disk: Command = {
  name: 'disk',
  summary: 'show how full the disks are, list them, or prepare one for the data',
  details:
    'prepare erases DEVICE and makes it the disk for users, files and settings. What is in ' +
    'memory moves there when the machine restarts, and the disk is used from then on. --encrypt encrypts it: the chip of this machine unlocks ' +
    'it, or a passphrase, or a recovery key that is shown once.',
  appliance: true,
  alone: 'show how full they are, and whose files fill them',
  verbs: {
    list: { usage: '', summary: 'list the disks, and what they hold' },
    prepare: { usage: 'DEVICE', summary: 'prepare one for the data, after showing what will be lost' },
  },
  options: {
    encrypt: { verbs: ['prepare'], description: 'encrypt the disk' },
    'passphrase-stdin': {
      verbs: ['prepare'],
      description: 'read the passphrase of --encrypt from stdin; by default luca asks',
    },
  },
  consent: true,
  run(input, context) {
    const [device = ''] = input.positionals
    if (input.verb === 'prepare') return prepare(device, input, context)
    return input.verb === 'list' ? list(context) : usage(context)
  },
}

const sizeOr = (bytes: number | null, without: string) => (bytes === null ? without : formatSize(bytes))

async function usage(context: Context): Promise<Outcome> {
  const used = await askHelper(context, 'disk/usage', {}, 'asking for the disks')
  if (context.json) {
    writeJson(context.io, used)
    return 'ok'
  }
  writeTable(
    context.io,
    ['SIZE', 'USED', 'FREE', 'HOLDS'],
    used.fileSystems.map((one) => [
      formatSize(one.size),
      formatSize(one.used),
      formatSize(one.available),
      one.paths.join(', '),
    ]),
  )
  writeTable(
    context.io,
    ['USER', 'USED', 'QUOTA'],
    used.users.map((one) => [one.name, sizeOr(one.used, 'not counted'), sizeOr(one.quota, 'none')]),
  )
  return 'ok'
}

async function list(context: Context): Promise<Outcome> {
  const { disks } = await askHelper(context, 'disk/list', {}, 'asking for the disks')
  if (context.json) writeJson(context.io, { disks })
  else
    writeTable(
      context.io,
      ['DISK', 'SIZE', 'MODEL', 'HOLDS', ''],
      disks.flatMap((one) => [
        [
          one.path,
          formatSize(one.size),
          [one.model, one.connection].filter(Boolean).join(', '),
          holds(one.holds, one.label) || (one.parts.length > 0 ? '' : 'nothing'),
          one.unusable === null ? '' : `not to be prepared: ${one.unusable}`,
        ],
        ...one.parts.map((part) => [
          `  ${part.path}`,
          formatSize(part.size),
          '',
          holds(part.holds, part.label) || 'nothing known',
          '',
        ]),
      ]),
    )
  return 'ok'
}

const holds = (kind: string | null, label: string | null): string =>
  visible([kind, label === null ? null : `"${label}"`].filter((word) => word !== null).join(' '))

async function prepare(device: string, input: Input, context: Context): Promise<Outcome> {
  const encrypt = input.flag('encrypt')
  const { disks } = await askHelper(context, 'disk/list', {}, 'asking for the disks')
  const chosen = disks.find(({ path }) => path === device)
  if (chosen?.unusable === null && !input.flag('yes')) await mustAgree(chosen, context)
  const passphrase = encrypt ? await passphraseOf(input, context) : undefined
  const params = { device, encrypt, ...(passphrase === undefined ? {} : { passphrase }) }
  const done = await askHelper(context, 'disk/prepare', params, `preparing ${device}`)
  if (context.json) {
    writeJson(context.io, done)
    return 'ok'
  }
  const { stdout, env } = context.io
  writeLine(stdout, `${visible(device)} holds the data from the next start on: "luca power restart".`)
  writeLine(
    stdout,
    done.moved
      ? 'Everything that is written until then moves with it.'
      : 'It is empty: what is on the disk that holds the data now stays there.',
  )
  if (done.recoveryKey !== null) {
    writeLine(stdout, `Recovery key  ${styled(stdout, env, 'bold', done.recoveryKey)}`)
    writeLine(
      stdout,
      'It is shown this once, and opens the disk whatever happens: write it down, and keep it elsewhere.',
    )
    writeLine(
      stdout,
      done.openedBy === 'chip'
        ? 'The chip of this machine opens the disk when it starts.'
        : `This machine has no chip that could open it: at every start the screen asks for ${passphrase === undefined ? 'this key' : 'the passphrase'}.`,
    )
  }
  return 'ok'
}

/** Shows what is lost. Throws a CliError unless the disk's own name is typed. */
async function mustAgree(chosen: DiskInfo, { ask, io }: Context): Promise<void> {
  if (!ask)
    throw new CliError('denied', "luca can't ask you here; confirm with --yes that the disk may be erased.")
  writeLine(
    io.stderr,
    `${chosen.path}: ${visible(chosen.model ?? 'a disk')}, ${formatSize(chosen.size)}. This is lost:`,
  )
  const parts = chosen.parts.map(
    (part) => `  ${part.path}, ${formatSize(part.size)}: ${holds(part.holds, part.label) || 'nothing known'}`,
  )
  const lost = parts.length > 0 ? parts : [`  ${holds(chosen.holds, chosen.label) || 'nothing: it is empty'}`]
  for (const line of lost) writeLine(io.stderr, line)
  const typed = await ask(`Type ${chosen.path} to delete it all: `)
  if (typed?.trim() !== chosen.path) throw new CliError('denied', 'Nothing was changed.')
}

async function passphraseOf(input: Input, context: Context): Promise<string | undefined> {
  if (input.flag('passphrase-stdin')) return readSecret({ ...context, ask: undefined }, '')
  return context.ask ? typeNew(context.ask, 'A passphrase that opens it too') : undefined
}
