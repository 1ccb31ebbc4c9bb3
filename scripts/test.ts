/**
 * Runs everything that must hold, and ends with the line `N passed, N failed`. A test that was skipped counts as
 * failed, and so does a suite that ran nothing. What this machine or this user can't run is left out, and said.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { run } from 'node:test'
import { runConformance } from './conformance.ts'
import { whyNoContainers } from './containers.ts'
import { ROOT } from './servers.ts'
import { runTestFiles } from './test-files.ts'

const LIMIT_MS = 240_000
/** Machines boot without the help of hardware; with BUSY=1, beside much else. */
const LIMIT_OF_MACHINES_MS = process.env.BUSY === '1' ? 4_500_000 : 900_000
/** How long what comes before a test may take, such as the boot of a container. A file may say nothing for both. */
const BEFORE_MS = 330_000
let passed = 0
let failed = 0
const say = (text: string) => process.stdout.write(`${text}\n`)
const count = (ok: boolean, what: string, detail = '') => {
  if (ok) passed++
  else {
    failed++
    say(`FAILED ${what}${detail && `\n${detail}`}`)
  }
}

function check(what: string, command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' })
  count(status === 0, what, `${stdout}${stderr}`)
  if (status === 0) say(`ok  ${what}${stdout && `\n${stdout.trimEnd()}`}`)
}

/** Tests of the given files; suites and files themselves are not counted. */
async function runFiles(files: string[]): Promise<void> {
  let ran = 0
  const limitMs = files.some((file) => file.includes('qemu-test')) ? LIMIT_OF_MACHINES_MS : LIMIT_MS
  await runTestFiles(files, { limitMs, silenceMs: limitMs + BEFORE_MS, listen, say })
  count(ran > 0, 'the suite of tests ran')

  function listen(stream: ReturnType<typeof run>): void {
    stream.on('test:pass', ({ name, file, skip, todo, details }) => {
      if (details.type === 'suite' || name === file) return
      ran++
      const where = `${relative(ROOT, file ?? '')}: ${name}`
      if (skip !== undefined || todo !== undefined)
        count(false, `${where} (skipped: ${skip || todo || 'no reason given'})`)
      else count(true, where)
    })
    stream.on('test:fail', ({ name, file, details }) => {
      const { error } = details
      // A suite fails with its tests, which were counted.
      if (details.type === 'suite' && (error as { failureType?: string }).failureType === 'subtestsFailed')
        return
      ran++
      const cause = error.cause
      count(
        false,
        `${relative(ROOT, file ?? '')}: ${name}`,
        (cause instanceof Error ? cause.stack : String(cause))?.slice(0, 4000),
      )
    })
    // What a file wrote while it could not even be loaded.
    stream.on('test:stderr', ({ message }) => say(message.trimEnd()))
    stream.on('test:summary', ({ file, success, duration_ms }) => {
      if (file && success) say(`ok  ${relative(ROOT, file)} (${(duration_ms / 1000).toFixed(1)} s)`)
    })
  }
}

/** The tests below some folders, in the order of their names. */
const testsIn = (...folders: string[]) =>
  globSync(
    folders.map((folder) => `${folder}/**/*.test.ts`),
    { cwd: ROOT, exclude: ['**/node_modules'] },
  )
    .sort()
    .map((file) => join(ROOT, file))

/**
 * The longest texts first, with what they import from beside them: two files run at a time, and none that takes long should be
 * alone at the end.
 */
const longestFirst = (files: string[]) => files.toSorted((a, b) => lengthOf(b) - lengthOf(a))

function lengthOf(file: string): number {
  const text = readFileSync(file, 'utf8')
  const beside = [...text.matchAll(/from '(\.\/[^']+)'/g)].map(([, path = '']) => join(dirname(file), path))
  return beside.reduce((sum, path) => sum + statSync(path).size, text.length)
}

const [only] = process.argv.slice(2)
if (only) await runFiles(statSync(only).isDirectory() ? longestFirst(testsIn(only)) : [only])
else {
  check('types', 'tsc', ['-p', '.'])
  check('format and lint', 'biome', ['check', '.'])
  await runFiles(testsIn('src', 'test', 'scripts', 'docs', 'iso', 'archiso-profile'))
  for (const era of await runConformance()) {
    say(`server ${era.era}: ${era.passed}/${era.required}`)
    passed += era.passed
    failed += era.required - era.passed
    if (era.passed < era.required) say(era.output)
  }
  const whyNot = whyNoContainers()
  if (!whyNot) {
    check('units, groups, folders and scripts of the image', 'iso/check.sh', [])
    await runFiles(testsIn('nspawn-test'))
  } else {
    say(
      `left out: the parts of the image, and the appliance booted in a container. ${whyNot}\n` +
        '          sudo make check-image nspawn-test',
    )
    // What checks every change leaves nothing out.
    if (process.env.CI) count(false, 'the parts of the image, and the appliance in a container', whyNot)
  }
}
say(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
