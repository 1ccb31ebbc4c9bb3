import { askHelper } from '../../command/admin-helper.ts'
import type { Command, Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { table, visible, writeJson, writeLine } from '../../command/output.ts'
import { inWords } from '../../protocol/values.ts'

const MAX_BYTES = 64 * 1024

interface Licence {
  tier: string
  key_id: string | null
  user_identifier: string
  is_valid: boolean
  expires_at: string | null
  effective_permissions: string[]
  quotas: Record<string, unknown> & { llm_access: boolean; allowed_llm_models: string[] }
  note: string
}

export const licence: Command = {
  name: 'licence',
  summary: 'show what the licence allows and what is left of it, or replace it',
  details:
    'Without a licence file everything is allowed. "set" and "remove" are for the owner of an appliance.',
  alone: 'show the tier, what it allows and what is left of its limits',
  verbs: {
    set: { usage: 'FILE', summary: 'replace it', appliance: true },
    remove: { usage: '', summary: 'remove it', appliance: true },
  },
  gateway: true,
  async run({ verb, positionals: [file = ''] }, context) {
    if (verb === 'set') return change(await readGivenFile(file, MAX_BYTES), context)
    if (verb === 'remove') return change(null, context)
    const link = await context.gateway()
    const found = await link.v1<Licence>('mcp.licence.check', [], context.signal)
    if (context.json) {
      writeJson(context.io, found)
      return 'ok'
    }
    const { quotas } = found
    const rows = [
      ['tier', `${found.tier}${found.is_valid ? '' : ' (the licence is not valid)'}`],
      ['user', found.user_identifier],
      ['key', found.key_id ?? 'none'],
      ['expires', found.expires_at ?? 'never'],
      ['may use', found.effective_permissions.join(', ')],
      [
        'requests',
        `${inWords(quotas.api_requests_limit_human)}, ${inWords(quotas.api_requests_remaining_in_window)} left`,
      ],
      ['models', quotas.llm_access ? quotas.allowed_llm_models.join(', ') : 'none'],
      [
        'tokens',
        `${inWords(quotas.max_llm_tokens_per_day_limit)} a day, ${inWords(quotas.llm_tokens_today_remaining)} left`,
      ],
      ['note', found.note],
    ]
    for (const line of table(rows.map(([key = '', value = '']) => [key, visible(value)])))
      writeLine(context.io.stdout, line)
    return 'ok'
  },
}

async function change(text: string | null, context: Context): Promise<Outcome> {
  await askHelper(context, 'licence/set', { text }, 'changing the licence')
  if (context.json) writeJson(context.io, { licence: text === null ? 'removed' : 'set' })
  else
    writeLine(
      context.io.stdout,
      text === null ? 'removed the licence' : 'took the licence; "luca licence" shows what it allows',
    )
  return 'ok'
}
