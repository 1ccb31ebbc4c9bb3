import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import { defaultState, findInstallation } from '../../command/installation.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'
import { ownHome } from '../../command/own-account.ts'

export const uninstall: Command = {
  name: 'uninstall',
  usage: '',
  summary: 'remove what "make install" put into place, and nothing else',
  details:
    'The service of your login is ended first. What was changed since is left, and so are the state (tokens, settings, ' +
    'models) and the files that are served; it says where all of that is.',
  positionals: [0, 0],
  consent: true,
  async run(input, context) {
    // Loaded by those alone who want it; what is removed can't be loaded any longer.
    const { readManifest, removeInstalled, runningFrom, USER_UNIT } = await import('../../up/installed.ts')
    const { kind, programs } = findInstallation()
    const folder = dirname(programs)
    if (kind !== 'installed')
      throw new CliError(
        'failed',
        kind === 'image'
          ? 'This is the appliance itself; there is nothing to remove.'
          : `This luca runs in the project's folder, ${folder}; "make install" has put nothing there. Run the one that was installed.`,
      )
    const manifest = readManifest(folder)
    if (!input.flag('yes')) await mustAgree(manifest.prefix, context)
    // It does nothing where there is no service manager of this login.
    const manage = (...words: string[]) => spawnSync('systemctl', ['--user', ...words], { stdio: 'ignore' })
    manage('stop', USER_UNIT)
    const running = [...runningFrom(folder)].map(([pid, what]) => `${pid} (${what})`)
    if (running.length > 0)
      throw new CliError('busy', `It is still running, as process ${running.join(', ')}; end that first.`)
    manage('disable', USER_UNIT)
    const stays = removeInstalled(manifest)
    manage('daemon-reload')
    const kept = [defaultState(context.io.env), join(ownHome(), 'llmbasedos-files')].filter((one) =>
      existsSync(one),
    )
    tell(manifest.prefix, stays, kept, context)
    return 'ok'
  },
}

function tell(prefix: string, changed: string[], kept: string[], { io, json }: Context): void {
  if (json) return void writeJson(io, { removed: prefix, changed, kept })
  writeLine(io.stdout, `removed luca from ${visible(prefix)}`)
  for (const path of changed)
    writeLine(io.stdout, `left ${visible(path)}: it was changed, or put there since`)
  for (const path of kept) writeLine(io.stdout, `kept ${visible(path)}`)
}

async function mustAgree(prefix: string, { ask }: Context): Promise<void> {
  if (!ask) throw new CliError('denied', "luca can't ask you here; confirm with --yes.")
  const typed = await ask(`Remove luca from ${visible(prefix)}? Your files and its state are kept. [y/N] `)
  if (!/^y(es)?$/i.test(typed?.trim() ?? '')) throw new CliError('denied', 'Nothing was removed.')
}
