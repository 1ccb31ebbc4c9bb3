/**
 * Commands that install a package and run it at once, as the instructions of most servers have them: `npx -y NAME`. Where
 * servers have no network, the package is installed before, and the command of it is run by itself.
 */

/** What is to be installed, and what of it is then run. */
export interface PackageCommand {
  manager: 'npm' | 'pip'
  /** What the manager is asked for, the one that is run first. */
  packages: string[]
  /** The command of the package; that of the package's own name without. */
  bin?: string
  /** What the command is given. */
  args: string[]
}

interface Runner {
  manager: PackageCommand['manager']
  /** Words before the options, such as `exec` of `npm exec`. */
  words: readonly (readonly string[])[]
  /** Options that say nothing here. */
  switches: readonly string[]
  /** Options that name the package, so that the first word is the command. */
  from: readonly string[]
  /** Options that name one more package. */
  also: readonly string[]
}

const NPX = { switches: ['-y', '--yes', '-q', '--quiet', '--'], from: ['-p', '--package'], also: [] }
const UVX = {
  switches: ['-q', '--quiet', '--refresh', '--isolated'],
  from: ['--from', '--spec'],
  also: ['--with'],
}
const RUNNERS: Readonly<Record<string, Runner>> = {
  npx: { manager: 'npm', words: [[]], ...NPX },
  npm: { manager: 'npm', words: [['exec'], ['x']], ...NPX },
  pnpm: { manager: 'npm', words: [['dlx']], ...NPX },
  bunx: { manager: 'npm', words: [[]], ...NPX },
  uvx: { manager: 'pip', words: [[]], ...UVX },
  uv: { manager: 'pip', words: [['tool', 'run'], ['x']], ...UVX },
  pipx: { manager: 'pip', words: [['run']], ...UVX },
}

/** A command that runs a package cannot be understood; the message says what of it. */
export class PackageCommandError extends Error {}

/** The package that a command runs; undefined for a command of another kind. Throws PackageCommandError. */
export function packageOf(command: string, args: readonly string[]): PackageCommand | undefined {
  const runner = Object.hasOwn(RUNNERS, command) ? RUNNERS[command] : undefined
  const words = runner?.words.find((each) => each.every((word, i) => args[i] === word))
  if (!runner || !words) return undefined
  const { manager } = runner
  const packages: string[] = []
  const also: string[] = []
  let i = words.length
  for (; args[i]?.startsWith('-'); i++) {
    const [option = '', inline] = split(args[i] as string)
    if (runner.switches.includes(option)) continue
    const list = runner.from.includes(option) ? packages : runner.also.includes(option) ? also : undefined
    if (!list)
      throw new PackageCommandError(`${[command, ...words].join(' ')} with ${option} is not understood here`)
    list.push(inline ?? args[++i] ?? '')
  }
  const [first, ...rest] = args.slice(i)
  const all = [...(packages.length > 0 ? packages : [first ?? '']), ...also]
  if (first === undefined || all.some((each) => each === '' || each.startsWith('-')))
    throw new PackageCommandError(`${[command, ...words].join(' ')} names no package`)
  const known = manager === 'pip' ? all.map(pipSpec) : all
  return {
    manager,
    packages: known,
    ...(packages.length > 0 ? { bin: first } : {}),
    args: rest,
  }
}

/** An option and what is joined to it by `=`. */
const split = (text: string): [string, string?] => {
  const at = text.indexOf('=')
  return text.startsWith('--') && at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text]
}

/** uv takes `name@1.2` where pip has `name==1.2`. */
const pipSpec = (spec: string): string => {
  const [, name, version] = /^([A-Za-z0-9][\w.-]*(?:\[[\w,.-]+\])?)@([\w.!+-]+)$/.exec(spec) ?? []
  return name === undefined ? spec : version === 'latest' ? name : `${name}==${version}`
}
