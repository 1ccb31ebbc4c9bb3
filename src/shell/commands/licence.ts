import type { Command } from '../command.ts'
import { table, visible, writeJson, writeLine } from '../output.ts'

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
  usage: '',
  summary: 'show the licence: the tier, what it allows and what is left of its limits',
  positionals: [0, 0],
  gateway: true,
  async run(_, context) {
    const link = await context.gateway()
    const found = await link.older<Licence>('mcp.licence.check', [], context.signal)
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
      ['requests', `${quotas.api_requests_limit_human}, ${quotas.api_requests_remaining_in_window} left`],
      ['models', quotas.llm_access ? quotas.allowed_llm_models.join(', ') : 'none'],
      ['tokens', `${quotas.max_llm_tokens_per_day_limit} a day, ${quotas.llm_tokens_today_remaining} left`],
      ['note', found.note],
    ]
    for (const line of table(rows.map(([key = '', value = '']) => [key, visible(value)])))
      writeLine(context.io.stdout, line)
    return 'ok'
  },
}
