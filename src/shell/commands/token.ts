import { ADMIN, type Time, type TokenCreated, type TokenInfo } from '../admin.ts'
import type { Command, Context, Input } from '../command.ts'
import { parseDuration } from '../durations.ts'
import type { Outcome } from '../exit-codes.ts'
import { styled, table, visible, writeJson, writeLine } from '../output.ts'

export const token: Command = {
  name: 'token',
  summary: 'make, list and revoke the tokens that clients show',
  verbs: {
    create: { usage: 'NAME', summary: 'make one, and show it this once' },
    list: { usage: '', summary: 'list them, without their secrets' },
    revoke: { usage: 'NAME|ID', summary: 'end one at once' },
  },
  options: {
    expires: {
      value: 'DURATION',
      verbs: ['create'],
      description: 'how long it holds: 12h, 30d, 2w; for ever without',
    },
    user: { value: 'USER', verbs: ['create'], description: 'whose servers it reaches; yours without' },
    tier: {
      value: 'TIER',
      verbs: ['create'],
      description: 'the tier it is bound to, such as FREE; the licence’s without',
    },
    tools: {
      value: 'PATTERNS',
      verbs: ['create'],
      description: "the tools that it may use, such as 'fs_*,time_*'; all without",
    },
    trust: {
      value: 'CAPABILITIES',
      verbs: ['create'],
      description: 'what it may do without asking you, such as fs.write,fs.delete; nothing without',
    },
  },
  gateway: true,
  run(input, context) {
    const [name = ''] = input.positionals
    if (input.verb === 'create') return create(name, input, context)
    return input.verb === 'revoke' ? revoke(name, context) : list(context)
  },
}

async function create(name: string, input: Input, context: Context): Promise<Outcome> {
  const expires = input.text('expires')
  const expiry = expires === undefined ? {} : { expiresInSeconds: parseDuration(expires) }
  const [tier, user] = [input.text('tier'), input.text('user')]
  const [tools, trust] = [patterns(input.text('tools')), patterns(input.text('trust'))]
  const params = {
    ...{ name, ...expiry },
    ...(tier === undefined ? {} : { tier }),
    ...(user === undefined ? {} : { user }),
    ...(tools === undefined ? {} : { tools }),
    ...(trust === undefined ? {} : { trust }),
  }
  const link = await context.gateway()
  const made = await link.ask<TokenCreated>(ADMIN.createToken, params, context.signal)
  const { id, token: text, createdAt, expiresAt } = made
  const document = {
    ...{ id, name: made.name, user: made.user, token: text },
    ...{ createdAt, expiresAt, tier: made.tier ?? null, tools: made.tools ?? null, trust: made.trust ?? [] },
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
    const { stdout, env } = context.io
    const rows = tokens.map((t) => [
      t.id,
      visible(t.name),
      t.user,
      day(t.createdAt),
      t.expiresAt === null ? 'never' : day(t.expiresAt),
      t.lastUsedAt === null ? 'never' : day(t.lastUsedAt),
      t.tier ?? 'licence',
      t.tools?.join(',') ?? 'all',
      t.trust?.join(',') || 'nothing',
    ])
    const [head = '', ...lines] = table([
      ['ID', 'NAME', 'USER', 'CREATED', 'EXPIRES', 'LAST USED', 'TIER', 'TOOLS', 'TRUST'],
      ...rows,
    ])
    writeLine(stdout, styled(stdout, env, 'bold', head))
    for (const line of lines) writeLine(stdout, line)
  }
  return 'ok'
}

async function revoke(name: string, context: Context): Promise<Outcome> {
  const link = await context.gateway()
  const { revoked } = await link.ask<{ revoked: Pick<TokenInfo, 'id' | 'name'> }>(
    ADMIN.revokeToken,
    { token: name },
    context.signal,
  )
  if (context.json) writeJson(context.io, { revoked })
  else writeLine(context.io.stdout, `revoked ${visible(revoked.name)} (${revoked.id})`)
  return 'ok'
}

const day = (time: Time): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ')

/** The parts of a list with commas. */
const patterns = (given: string | undefined): string[] | undefined =>
  given?.split(',').map((pattern) => pattern.trim())
