import type { Command } from '../../command/command.ts'
import { styled, visible, writeJson, writeLine } from '../../command/output.ts'
import { type Finding, findings } from '../doctor/checks.ts'

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'check this machine, the gateway and every server, and say what to do',
  positionals: [0, 0],
  gateway: true,
  async run(_, context) {
    const found: Finding[] = await findings(context)
    const failed = found.some(({ level }) => level === 'fail')
    if (context.json) writeJson(context.io, { ok: !failed, checks: found })
    else {
      const { stdout, env } = context.io
      for (const { level, check, what, advice } of found) {
        const mark = styled(stdout, env, STYLES[level], level.padEnd(4))
        writeLine(stdout, `${mark}  ${check}: ${visible(what)}${advice ? ` ${visible(advice)}` : ''}`)
      }
    }
    return failed ? 'failed' : 'ok'
  },
}
