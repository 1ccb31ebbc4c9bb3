import { ADMIN, type Time, type TokenCreated, type TokenInfo } from '../../command/admin.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import { parseDuration } from '../../command/durations.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { visible, writeJson, writeLine, writeTable } from '../../command/output.ts'

/** What stands in the list for a token that is bound to no tier, may use all tools, or is trusted with nothing. */
const LICENSED = 'licence'
const ALL = 'all'
const NOTHING = 'nothing'

export const token: Command = {
  name: 'token',
  summary: 'make, list, change and revoke the tokens that clients show',
  verbs: {
    create: { usage: 'NAME', summary: 'make one, and show it once' },
    list: { usage: '', summary: 'list them, without their secrets' },
    change: { usage: 'NAME|ID', summary: 'change what one may do, at once' },
    revoke: { usage: 'NAME|ID', summary: 'end one at once' },
  },
  options: {
    expires: {
      value: 'DURATION',
      verbs: ['create'],
      description: 'how long it is valid: 12h, 30d, 2w; for ever by default',
    },
    user: { value: 'USER', verbs: ['create'], description: 'whose servers it reaches; yours by default' },
    tier: {
      value: 'TIER',
      verbs: ['create', 'change'],
      description: `the tier it is bound to, such as FREE; "${LICENSED}" for the licence’s, as without`,
    },
    tools: {
      value: 'PATTERNS',
      verbs: ['create', 'change'],
      description: `the tools that it may use, such as 'fs_*,time_*'; "${ALL}", as without`,
    },
    trust: {
      value: 'CAPABILITIES',
      verbs: ['create', 'change'],
      description: `what it may do without asking you, such as fs.write,fs.delete; "${NOTHING}", as without`,
    },
  },
  gateway: true,
  run(input, context) {
    const [name = ''] = input.positionals
    if (input.verb === 'create') return create(name, input, context)
    if (input.verb === 'change') return change(name, input, context)
    return input.verb === 'revoke' ? revoke(name, context) : list(context)
  },
}

async function create(name: string, input: Input, context: Context): Promise<Outcome> {
  const expires = input.text('expires')
  const expiry = expires === undefined ? {} : { expiresInSeconds: parseDuration(expires) }
  const user = input.text('user')
  const { tier, tools, ...rest } = rights(input)
  const params = {
    name,
    ...expiry,
    ...rest,
    ...(tier ? { tier } : {}),
    ...(tools ? { tools } : {}),
    ...(user === undefined ? {} : { user }),
  }
  const link = await context.gateway()
  const made = await link.ask<TokenCreated>(ADMIN.createToken, params, context.signal)
  const { id, token: text, createdAt, expiresAt } = made
  const document = {
    id,
    name: made.name,
    user: made.user,
    token: text,
    createdAt,
    expiresAt,
    tier: made.tier ?? null,
    tools: made.tools ?? null,
    trust: made.trust ?? [],
  }
  if (context.json) writeJson(context.io, document)
  else {
    writeLine(context.io.stdout, text)
    writeLine(context.io.stderr, 'Keep it now: it is not shown again.')
  }
  return 'ok'
}

async function list(context: Context): Promise<Outcome> {
  const link = await context.gateway()
  const { tokens } = await link.ask<{ tokens: TokenInfo[] }>(ADMIN.listTokens, {}, context.signal)
  if (context.json) writeJson(context.io, { tokens })
  else {
    const rows = tokens.map((t) => [
      t.id,
      t.name,
      t.user,
      day(t.createdAt),
      t.expiresAt === null ? 'never' : day(t.expiresAt),
      t.lastUsedAt === null ? 'never' : day(t.lastUsedAt),
      t.tier ?? LICENSED,
      t.tools?.join(',') ?? ALL,
      t.trust?.join(',') || NOTHING,
    ])
    const heads = ['ID', 'NAME', 'USER', 'CREATED', 'EXPIRES', 'LAST USED', 'TIER', 'TOOLS', 'TRUST']
    writeTable(context.io, heads, rows)
  }
  return 'ok'
}

async function change(name: string, input: Input, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  const params = { token: name, ...rights(input) }
  const { changed, unwritten } = await link.ask<{ changed: TokenInfo; unwritten?: string }>(
    ADMIN.changeToken,
    params,
    context.signal,
  )
  if (context.json) writeJson(context.io, { changed, ...(unwritten === undefined ? {} : { unwritten }) })
  else writeLine(context.io.stdout, `changed ${visible(changed.name)} (${changed.id})`)
  return written(unwritten, 'the rights that it had before count again', context)
}

async function revoke(name: string, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  const { revoked, unwritten } = await link.ask<{
    revoked: Pick<TokenInfo, 'id' | 'name'>
    unwritten?: string
  }>(ADMIN.revokeToken, { token: name }, context.signal)
  if (context.json) writeJson(context.io, { revoked, ...(unwritten === undefined ? {} : { unwritten }) })
  else writeLine(context.io.stdout, `revoked ${visible(revoked.name)} (${revoked.id})`)
  return written(unwritten, 'it holds again', context)
}

/** What was done counts at once. Where it could not be written down, who did it must know. */
function written(unwritten: string | undefined, otherwise: string, { io }: Context): Outcome {
  if (unwritten === undefined) return 'ok'
  writeLine(
    io.stderr,
    `This counts now, but could not be written down (${visible(unwritten)}). The gateway tries again every few seconds; if it stops before it succeeds, ${otherwise}. Free space on its disk.`,
  )
  return 'failed'
}

/** What a token is to be allowed, as far as the command line says. */
function rights(input: Input): { tier?: string | null; tools?: string[] | null; trust?: string[] } {
  const [tier, tools, trust] = [input.text('tier'), input.text('tools'), input.text('trust')]
  return {
    ...(tier === undefined ? {} : { tier: tier === LICENSED ? null : tier }),
    ...(tools === undefined ? {} : { tools: tools === ALL ? null : patterns(tools) }),
    ...(trust === undefined ? {} : { trust: trust === NOTHING ? [] : patterns(trust) }),
  }
}

const day = (time: Time): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ')

/** The parts of a list with commas. */
const patterns = (given: string): string[] => given.split(',').map((pattern) => pattern.trim())
