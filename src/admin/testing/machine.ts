/** A machine in a temporary folder. Its programs are noted and not run, but for those that change only that folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import { type RunOptions, run } from '../run.ts'

const REAL: ReadonlySet<string> = new Set(['/usr/bin/openssl', '/usr/bin/rm', '/usr/bin/ssh-keygen'])

export interface Ran {
  /** The program's name with its arguments. */
  line: string
  input: string | undefined
}

export interface TestMachine extends Machine, Disposable {
  folder: string
  ran: Ran[]
  /** What the program answers, or throws, in the place of nothing; by the beginning of its line. */
  answers: Map<string, () => string | Promise<string>>
  given: { path: string; uid: number }[]
  /** What the gateway was given. */
  shown: string[]
  /** The lines of what ran that begin so. */
  lines(beginning: string): string[]
}

export function testMachine(): TestMachine {
  const folder = mkdtempSync(join(tmpdir(), 'admin-'))
  const at = (name: string) => join(folder, name)
  for (const name of ['state', 'home', 'etc/skel/.config', 'private'])
    mkdirSync(at(name), { recursive: true })
  writeFileSync(at('etc/passwd'), 'root:x:0:0::/root:/bin/sh\nhttp:x:33:33::/:/bin/false\n')
  writeFileSync(at('etc/group'), 'root:x:0:\nwheel:x:998:\n')
  for (const folder of [
    'usr/share/zoneinfo/Europe',
    'usr/share/keymaps/i386/qwertz',
    'usr/lib/locale/de_DE.utf8',
    'usr/lib/locale/aa_DJ.utf8',
  ])
    mkdirSync(at(folder), { recursive: true })
  for (const name of [
    'zoneinfo/UTC',
    'zoneinfo/Europe/Berlin',
    'keymaps/i386/qwertz/de.kmap.gz',
    'keymaps/i386/us.map.gz',
  ])
    writeFileSync(at(`usr/share/${name}`), '')
  writeFileSync(at('usr/lib/locale/de_DE.utf8/LC_IDENTIFICATION'), '')
  writeFileSync(at('etc/environment'), 'EDITOR=nano\n')
  writeFileSync(at('etc/skel/.bashrc'), 'PS1=$\n')
  const ran: Ran[] = []
  const given: TestMachine['given'] = []
  const answers: TestMachine['answers'] = new Map()
  const shown: string[] = []
  const unsealed = 'sealed:'
  return {
    folder,
    ran,
    answers,
    given,
    shown,
    state: at('state'),
    home: at('home'),
    etc: at('etc'),
    var: at('var'),
    share: at('usr/share'),
    perUser: [at('state'), at('private')],
    units: at('units'),
    programs: at('programs'),
    scratch: at('scratch'),
    dataState: at('data-state'),
    provided: at('provided'),
    owner: 'owner',
    now: Date.now,
    hostname: () => 'box',
    addresses: () => ['192.168.1.7'],
    giveToGateway: async (bundle) => void shown.push(bundle),
    hasTpm: () => false,
    give: async (path, uid) => void given.push({ path, uid }),
    lines: (beginning) => ran.map(({ line }) => line).filter((line) => line.startsWith(beginning)),
    async run(file: string, args: readonly string[], options: RunOptions = {}) {
      const line = [file.replace(/^\/usr\/s?bin\//, ''), ...args].join(' ')
      ran.push({ line, input: options.input })
      for (const [beginning, answer] of answers) if (line.startsWith(beginning)) return answer()
      if (REAL.has(file)) return run(file, args, options)
      // systemd-creds would need the key of this machine.
      if (line.startsWith('systemd-creds encrypt'))
        return unsealed + Buffer.from(options.input ?? '').toString('base64')
      if (line.startsWith('systemd-creds decrypt')) {
        const sealed = readFileSync(args.at(-2) as string, 'utf8')
        return Buffer.from(sealed.slice(unsealed.length), 'base64').toString()
      }
      return ''
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
