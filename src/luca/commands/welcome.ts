import { hostname, totalmem } from 'node:os'
import { ADMIN, type GatewayStatus, type TokenCreated, type TokenInfo } from '../../command/admin.ts'
import type { Command, Context } from '../../command/command.ts'
import { findInstallation } from '../../command/installation.ts'
import { styled, visible, writeJson, writeLine } from '../../command/output.ts'
import { ownName } from '../../command/own-account.ts'
import { formatSize } from '../../command/sizes.ts'
import { readFileBoundedSync } from '../../host/bounded-file.ts'
import { CHOSEN_NAMES, mcpUrl, nameOnNetwork, ownAddresses } from '../../host/reached-as.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { nothingIndexed } from '../search/offer.ts'

const MAX_BYTES = 64 * 1024

/** Where the ramdisk says what became of the partition with the data: a word, its device, and why. */
const DATA_STATE = '/run/llmbasedos-data'
/** The certificate that devices have to trust, which all users may read. */
const CA_FILE = '/var/lib/llmbasedos/ca.crt'
/** Names that it was given in its certificate. */
const NAMES = `/var/lib/llmbasedos/${CHOSEN_NAMES}`
/** The key by which this machine is known over SSH. */
const HOST_KEY = '/var/lib/llmbasedos/ssh/host_ed25519_key.pub'
/** Where the boot says what went wrong, a line each. */
const BOOT_PROBLEMS = '/var/lib/llmbasedos/boot-problems'
/** What the kernel leaves of 1 GiB, in bytes. */
const LEAST_MEMORY = 850 * 1024 * 1024
/** How many of them the screen has room for. */
const MOST_PROBLEMS = 5

interface Welcome {
  name: string
  /** Where clients on this machine reach a "luca up"; null in the image, which its networks reach. */
  urls: string[] | null
  /** What it is called on its networks. */
  names: string[]
  addresses: string[]
  /** The SHA-256 of the CA's certificate, as browsers show it. */
  fingerprint: string | null
  /** The SHA-256 of its key of SSH, as clients show it when they ask whether to trust it. */
  hostKey: string | null
  /** The first token; shown once, when there is none yet. */
  token: string | null
  /** What becomes of what is kept: `used`, or why not; null where there is no image. */
  data: string | null
  /** Whether no folder is indexed; null where that is not known, or something more pressing is shown. */
  nothingIndexed: boolean | null
  /** What went wrong when it started, a sentence each. */
  problems: string[]
  /** In bytes. */
  memory: number
}

export const welcome: Command = {
  name: 'welcome',
  usage: '',
  summary: 'show how to reach this machine',
  details:
    'The screen of the appliance starts with it. If there is no token yet, it makes one and shows it once.',
  options: {
    keep: {
      value: 'FILE',
      description: 'keep such a token there, and show it again as long as that file is there',
    },
  },
  positionals: [0, 0],
  gateway: true,
  async run(input, context) {
    const shown = await gather(input.text('keep'), context)
    if (context.json) writeJson(context.io, shown)
    else show(shown, context)
    return 'ok'
  },
}

async function gather(keep: string | undefined, context: Context): Promise<Welcome> {
  const link = await context.gateway()
  const { tokens } = await link.ask<{ tokens: TokenInfo[] }>(ADMIN.listTokens, {}, context.signal)
  const made =
    tokens.length === 0
      ? await link.ask<TokenCreated>(
          ADMIN.createToken,
          { name: `first of ${ownName() ?? 'this machine'}` },
          context.signal,
        )
      : undefined
  if (made && keep !== undefined) writeFileAtomic(keep, `${made.token}\n`, 0o600)
  const token = made?.token ?? (keep === undefined ? null : textOf(keep))
  // Names, SSH, the certificate and the disk are the image's: "luca up" has none of it, and serves this machine alone.
  if (findInstallation().kind !== 'image') {
    const { listening = [] } = await link.ask<GatewayStatus>(ADMIN.status, {}, context.signal)
    const urls = listening.map(({ protocol, address, port }) => `${protocol}://${address}:${port}/mcp`)
    const nothing = { names: [], addresses: [], fingerprint: null, hostKey: null, data: null, problems: [] }
    const nothingIndexed = await isNothingIndexed({ ...nothing, token }, context)
    return { name: hostname(), urls, ...nothing, nothingIndexed, token, memory: totalmem() }
  }
  const data = textOf(DATA_STATE)
  const problems = linesOf(BOOT_PROBLEMS)
  return {
    name: hostname(),
    urls: null,
    names: [...new Set([nameOnNetwork(), ...linesOf(NAMES)])],
    addresses: ownAddresses(),
    fingerprint: await fingerprintOf(textOf(CA_FILE)),
    hostKey: await hostKeyOf(textOf(HOST_KEY)),
    token,
    data,
    nothingIndexed: await isNothingIndexed({ token, data, problems }, context),
    problems,
    memory: totalmem(),
  }
}

/** Not asked where something more pressing is shown, which fills the screen of a machine: it has 25 rows. */
async function isNothingIndexed(
  { token, data, problems }: Pick<Welcome, 'token' | 'data' | 'problems'>,
  context: Context,
): Promise<boolean | null> {
  const isUsed = data === null || data.startsWith('used ')
  if (token !== null || problems.length > 0 || !isUsed) return null
  return (await nothingIndexed(context)) ?? null
}

/** The SHA-256 of a certificate; null where that is missing or can't be read. */
export async function fingerprintOf(pem: string | null): Promise<string | null> {
  if (pem === null) return null
  // Loaded by need: no other command that starts as often needs it.
  const { X509Certificate } = await import('node:crypto')
  try {
    return new X509Certificate(pem).fingerprint256
  } catch {
    return null
  }
}

const linesOf = (path: string): string[] => (textOf(path) ?? '').split('\n').filter((line) => line !== '')

/** The SHA-256 of a public key of SSH, as `ssh-keygen -l` shows it; null where that is missing or no key. */
export async function hostKeyOf(line: string | null): Promise<string | null> {
  const [, blob] = line?.split(' ') ?? []
  if (blob === undefined || !/^[A-Za-z0-9+/]{40,}={0,2}$/.test(blob)) return null
  const { createHash } = await import('node:crypto')
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

function textOf(path: string): string | null {
  try {
    return readFileBoundedSync(path, MAX_BYTES)?.trim() ?? null
  } catch {
    return null
  }
}

function show(shown: Welcome, { io }: Context): void {
  const { name, names, addresses: all, fingerprint, hostKey, token, data, problems, memory } = shown
  const { stdout, env } = io
  const line = (text = '') => writeLine(stdout, text)
  const bold = (text: string) => styled(stdout, env, 'bold', text)
  line(bold(`llmbasedos on ${name}`))
  line()
  if (shown.urls) {
    for (const [i, url] of shown.urls.entries()) line(`${i === 0 ? 'MCP clients ' : '            '}  ${url}`)
    line('              From this machine alone; "luca connect" sets a client up.')
  } else if (all.length === 0) {
    line('There is no network yet: plug in a cable, or join one by radio; "wifi list" in luca')
    line('shows those in reach. Calls from this machine work.')
  } else {
    for (const [i, host] of [...new Set([...names, ...all])].entries())
      line(`${i === 0 ? 'MCP clients ' : '            '}  ${mcpUrl(visible(host))}`)
    line(`SSH           ssh luca@${names[0]}`)
    if (hostKey !== null) line(`              its key is ${hostKey}`)
  }
  if (fingerprint !== null) {
    line(`CA            ${fingerprint.slice(0, 47)}:`)
    line(`              ${fingerprint.slice(48)}`)
  }
  if (token !== null) {
    line()
    line(`Token         ${bold(token)}`)
    line('              It is shown this once; "luca token create NAME" makes others.')
  }
  if (shown.nothingIndexed) {
    line()
    line('Search        Nothing is indexed yet; "luca index add FOLDER" changes that.')
  }
  const [state, device, ...why] = data?.split(' ') ?? []
  if (state === 'none') {
    line()
    line('Everything here is forgotten when the power goes: there is no partition for data.')
    line('"luca disk prepare" makes one.')
  } else if (state !== undefined && state !== 'used') {
    line()
    line(`The data on ${device} is ${state} and not used: what is done now is forgotten when the power goes.`)
    if (why.length > 0) line(visible(why.join(' ')))
  }
  if (memory < LEAST_MEMORY && !shown.urls) {
    line()
    line(
      `This machine has ${formatSize(memory)} of memory. It needs 1 GiB, and more for models: servers may end for lack of it.`,
    )
  }
  if (problems.length > 0) {
    line()
    line('What went wrong when it started; the rest goes on:')
    for (const problem of problems.slice(0, MOST_PROBLEMS)) line(`  ${visible(problem)}`)
    if (problems.length > MOST_PROBLEMS)
      line(`  and ${problems.length - MOST_PROBLEMS} more, in ${BOOT_PROBLEMS}`)
  }
  line()
}
