/** The scripts that complete luca, and where shells look for them below a prefix such as ~/.local. */

import type { Command } from '../../command/command.ts'
import { VERSION } from '../../protocol/version.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { manPage } from './man.ts'
import { type Completed, completed } from './table.ts'
import { zshScript } from './zsh.ts'

const SHELLS: Readonly<Record<string, { path: string; make(all: readonly Completed[]): string }>> = {
  bash: { path: 'share/bash-completion/completions/luca', make: bashScript },
  zsh: { path: 'share/zsh/site-functions/_luca', make: zshScript },
  fish: { path: 'share/fish/vendor_completions.d/luca.fish', make: fishScript },
}

export const scriptFor = (shell: string, commands: readonly Command[]): string =>
  SHELLS[shell]?.make(completed(commands)) ?? ''

/** All that shells and man find of luca, by its path below the prefix. */
export function sharedFiles(commands: readonly Command[]): Map<string, string> {
  const scripts = Object.entries(SHELLS).map(
    ([shell, { path }]) => [path, scriptFor(shell, commands)] as const,
  )
  return new Map([...scripts, ['share/man/man1/luca.1', manPage(commands, VERSION)]])
}
