/** Tab in bash, zsh and fish, themselves, and the page of the manual: all made from the table of commands. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { COMMANDS } from '../src/luca/commands/index.ts'
import { sharedFiles } from '../src/luca/completion/scripts.ts'
import { type Appliance, ROOT, startAppliance, until } from './support/appliance.ts'
import { Pty } from './support/pty.ts'

let a: Appliance
let home: string
let env: NodeJS.ProcessEnv
/** Where a file that is made from the table of commands lies here. */
const shared = (end: string) =>
  join(home, [...sharedFiles(COMMANDS).keys()].find((path) => path.endsWith(end)) ?? end)

before(async () => {
  a = await startAppliance()
  await a.luca(['token', 'create', 'laptop'])
  mkdirSync(join(a.files, 'docs'))
  writeFileSync(join(a.files, 'docs/a letter.txt'), '')
  home = mkdtempSync(join(tmpdir(), 'shells-'))
  mkdirSync(join(home, 'bin'))
  symlinkSync(join(ROOT, 'bin/luca'), join(home, 'bin/luca'))
  writeFileSync(join(home, 'settings.yaml'), '')
  for (const [path, text] of sharedFiles(COMMANDS)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    LLMBDO_STATE: a.state,
    LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket,
  }
})
after(async () => {
  await a?.stop()
  rmSync(home, { recursive: true, force: true })
})

/** What is typed, and what Tab makes of it: what comes first is the same in every shell. */
const CASES: readonly (readonly [typed: string, completed: string])[] = [
  ['luca tok', 'luca token '],
  ['luca token cr', 'luca token create '],
  ['luca token create x --exp', 'luca token create x --expires '],
  ['luca --socket /x tok', 'luca --socket /x token '],
  ['luca model settings --gpu vul', 'luca model settings --gpu vulkan '],
  ['luca connect curs', 'luca connect cursor '],
  ['luca config set mod', 'luca config set models '],
  ['luca config set models sett', 'luca config set models settings.yaml '],
  ['luca help lic', 'luca help licence '],
  ['luca cat /do', 'luca cat /docs/'],
  ['luca call fs_list_directory_w', 'luca call fs_list_directory_with_sizes '],
  ['luca token revoke lap', 'luca token revoke laptop '],
]

/** A shell at a terminal, in which one types. */
class Typed implements Disposable {
  readonly #pty: Pty
  #shown = ''

  constructor(shell: string, ...args: string[]) {
    const options = { columns: 200, rows: 50, env: { ...env, PS1: '@ ' } }
    this.#pty = new Pty(shell, args, {
      ...options,
      onData: (bytes) => {
        this.#shown += bytes
      },
    })
  }

  async does(line: string): Promise<void> {
    await this.shows(`${line}; echo do''ne\r`, /done\r?\n/)
  }

  /** Waits until what is typed has been answered with this; control sequences are left out. */
  async shows(typed: string, wanted: RegExp): Promise<void> {
    this.#shown = ''
    this.#pty.write(typed)
    const plain = () =>
      stripVTControlCharacters(this.#shown)
        .replaceAll('\u0007', '')
        .replace(/\r(?!\n)/g, '')
    await until(`"${typed}" gives ${wanted}`, () => wanted.test(plain())).catch((cause) => {
      throw new Error(`${JSON.stringify(typed)} gave ${JSON.stringify(this.#shown)}`, { cause })
    })
  }

  [Symbol.dispose](): void {
    this.#pty.child.kill('SIGKILL')
    this.#pty.hangUp()
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

async function types(shell: Typed): Promise<void> {
  for (const [typed, completed] of CASES) {
    await shell.shows(`${typed}\t`, new RegExp(`${escaped(completed)}$`))
    await shell.does('\u0015:')
  }
}

test('bash completes commands, verbs, options, choices, files, and what luca knows', async () => {
  using shell = new Typed('bash', '--norc', '--noprofile', '-i')
  await shell.does(`cd ${home}; bind 'set enable-bracketed-paste off'; source ${shared('completions/luca')}`)
  await types(shell)
  await shell.shows('luca cat /docs/a\t', /luca cat \/docs\/a\\ letter\.txt $/)
})

test('zsh completes the same, and says what each is', async () => {
  using shell = new Typed('zsh', '-f', '-i')
  await shell.does(
    `cd ${home}; unset zle_bracketed_paste; unsetopt prompt_cr prompt_sp; zstyle ':completion:*' verbose yes; ` +
      `fpath=(${dirname(shared('_luca'))} $fpath); autoload -Uz compinit; compinit -u -D`,
  )
  await types(shell)
  await shell.shows('luca cat /docs/a\t', /luca cat \/docs\/a\\ letter\.txt $/)
  await shell.does('\u0015:')
  await shell.shows('luca token \t', /create +-- make one, and show it once/)
})

test('fish completes the same, and says what each is', () => {
  const script = shared('luca.fish')
  const complete = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ${script}; complete -C "$line"`], {
      env: { ...env, line },
      cwd: home,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((one) => one !== '')
  for (const [typed, completed] of CASES) {
    const word = completed.trimEnd().split(' ').at(-1)
    const found = complete(typed).map((one) => one.split('\t')[0])
    assert.deepEqual(found, [word], typed)
  }
  assert.deepEqual(complete('luca cat /docs/a'), ['/docs/a letter.txt'])
  assert.ok(complete('luca token ').includes('create\tmake one, and show it once'))
  assert.deepEqual(complete('luca token list --exp'), [])
})

test('without a gateway Tab gives nothing, and no word of it', () => {
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `source ${shared('completions/luca')}; COMP_WORDS=(luca cat /); COMP_CWORD=2; _luca; echo "\${COMPREPLY[*]}"`,
    ],
    { env: { ...env, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: '/nowhere' }, encoding: 'utf8' },
  )
  assert.deepEqual([stdout, stderr], ['\n', ''])
})

describe('the page of the manual', () => {
  const page = (): string => shared('luca.1')

  test('has no mistake that man and mandoc know of', () => {
    const checks = [
      spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page()], { encoding: 'utf8' }).stdout,
      spawnSync('groff', ['-man', '-Tutf8', '-ww', page()], { encoding: 'utf8' }).stderr,
    ]
    // It has no date of its own, so that the same sources make the same page.
    assert.deepEqual(
      checks.flatMap((told) => told.split('\n')).filter((line) => line !== '' && !/missing date/.test(line)),
      [],
    )
  })

  test('tells of every command, verb and option', () => {
    const text = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=400', page()], { encoding: 'utf8' })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: how it writes bold letters
      .stdout.replace(/.\u0008/g, '')
    for (const { name, verbs = {}, options = {} } of COMMANDS) {
      assert.match(text, new RegExp(`^ +luca ${name}\\b`, 'm'))
      for (const verb of Object.keys(verbs)) assert.match(text, new RegExp(`^ +luca ${name} ${verb}\\b`, 'm'))
      for (const option of Object.keys(options)) assert.match(text, new RegExp(`^ .*--${option}\\b`, 'm'))
    }
  })
})
