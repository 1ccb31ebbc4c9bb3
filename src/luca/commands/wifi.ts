import { askHelper } from '../../command/admin-helper.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine, writeTable } from '../../command/output.ts'
import { readSecret } from '../../command/secret-input.ts'
import type { WifiNetwork } from '../../contracts/admin-results.ts'
import { matching } from './matching.ts'

export const wifi: Command = {
  name: 'wifi',
  summary: 'join a wireless network',
  details:
    'It rejoins a network at every start. Networks that need an account of an organisation are not supported.',
  options: {
    'passphrase-stdin': {
      description: 'read the passphrase from stdin; by default luca asks',
      verbs: ['join'],
    },
  },
  appliance: true,
  verbs: {
    list: { usage: '', summary: 'look for networks in reach' },
    join: { usage: 'NAME', summary: 'join one, and keep its passphrase' },
    forget: { usage: 'NAME', summary: 'leave one, and forget its passphrase' },
  },
  run(input, context) {
    const [name = ''] = input.positionals
    if (input.verb === 'join') return join(name, input, context)
    return input.verb === 'forget' ? forget(name, context) : list(context)
  },
}

/** Networks in reach; undefined where this machine has no radio. */
export async function networksInReach(context: Context): Promise<WifiNetwork[] | undefined> {
  const { radio, networks } = await askHelper(context, 'wifi/list', {}, 'looking for wireless networks')
  return radio ? networks : undefined
}

export function showNetworks(
  networks: readonly WifiNetwork[],
  io: Pick<Context['io'], 'stdout' | 'env'>,
): void {
  const rows = networks.map((one) => [
    one.name,
    strengthOf(one.decibels),
    one.security === 'enterprise' ? 'an account' : one.security,
    one.connected ? 'joined' : one.known ? 'known' : '',
  ])
  writeTable(io, ['NETWORK', 'STRENGTH', 'ASKS FOR', ''], rows)
}

/** In words, as people see it by bars. */
const strengthOf = (decibels: number): string =>
  decibels >= -60 ? 'strong' : decibels >= -75 ? 'fair' : 'weak'

async function list(context: Context): Promise<Outcome> {
  const networks = await networksInReach(context)
  if (context.json) writeJson(context.io, { radio: networks !== undefined, networks: networks ?? [] })
  else if (networks === undefined)
    throw new CliError('failed', 'This machine has no radio for wireless networks, or none that it knows.')
  else if (networks.length === 0) writeLine(context.io.stdout, 'No wireless network is in reach.')
  else showNetworks(networks, context.io)
  return 'ok'
}

async function join(name: string, input: Input, context: Context): Promise<Outcome> {
  const network = (await networksInReach(context))?.find((one) => one.name === name)
  const needed = network?.security === 'passphrase' && !network.known
  const given = input.flag('passphrase-stdin')
  const passphrase = given
    ? await readSecret({ ...context, ask: undefined }, '')
    : needed
      ? await passphraseOf(name, context)
      : undefined
  await joinNetwork(name, passphrase, context)
  if (context.json) writeJson(context.io, { joined: name })
  else writeLine(context.io.stdout, `joined ${inLine(name)}`)
  return 'ok'
}

async function passphraseOf(name: string, context: Context): Promise<string> {
  if (!context.ask)
    throw new CliError(
      'denied',
      `luca can't ask you for the passphrase of ${inLine(name)} here; give it with --passphrase-stdin.`,
    )
  return readSecret(context, `Passphrase of ${inLine(name)}: `)
}

export const joinNetwork = (
  name: string,
  passphrase: string | undefined,
  context: Context,
): Promise<object> =>
  askHelper(
    context,
    'wifi/join',
    { name, ...(passphrase === undefined ? {} : { passphrase }) },
    `joining ${inLine(name)}`,
  )

async function forget(name: string, context: Context): Promise<Outcome> {
  await askHelper(context, 'wifi/forget', { name }, `forgetting ${inLine(name)}`)
  if (context.json) writeJson(context.io, { forgot: name })
  else writeLine(context.io.stdout, `forgot ${inLine(name)}`)
  return 'ok'
}

/** The network of that name, else the only one with a name like it. Throws a CliError where there is none, or more. */
function meant(networks: readonly WifiNetwork[], typed: string): WifiNetwork {
  const names = networks.map(({ name }) => name)
  const [name, ...more] = names.includes(typed) ? [typed] : matching(names, typed)
  if (name === undefined || more.length > 0)
    throw new CliError(
      'failed',
      name === undefined
        ? `There is no "${inLine(typed)}" in reach.`
        : `"${inLine(typed)}" may be ${[name, ...more].map(inLine).join(', or ')}.`,
    )
  return networks.find((one) => one.name === name) as WifiNetwork
}

/** For the first start of a machine: asks which one to join, until one is joined or none is wanted. */
export async function askForNetwork(context: Context): Promise<void> {
  const { ask, io } = context
  const networks = await networksInReach(context)
  if (!ask || networks === undefined || networks.length === 0 || networks.some((one) => one.connected)) return
  showNetworks(networks, { ...io, stdout: io.stderr })
  for (;;) {
    const typed = (await ask('Wireless network [none]: '))?.trim()
    if (!typed) return
    try {
      const { name, ...network } = meant(networks, typed)
      const passphrase =
        network.security === 'passphrase' && !network.known ? await passphraseOf(name, context) : undefined
      await joinNetwork(name, passphrase, context)
      return writeLine(io.stderr, `joined ${inLine(name)}`)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      writeLine(io.stderr, error.message)
    }
  }
}
