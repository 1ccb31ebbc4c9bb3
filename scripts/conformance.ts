/**
 * Asks the official conformance suite of both eras, through the gateway, against the fixture server. Ends with
 * a line for each era, `server 2025-11-25: N/N`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { FIXTURE_SERVER, startAppliance } from '../test/support/appliance.ts'
import { ROOT } from './servers.ts'

const ERAS = ['2025-11-25', '2026-07-28']
const SUITE = join(ROOT, 'node_modules/@modelcontextprotocol/conformance')
const LIMIT_MS = 300_000

export interface EraResult {
  era: string
  passed: number
  required: number
  /** What the suite printed, for when something failed. */
  output: string
}

/** Runs the suite's required server scenarios of one era against an endpoint. */
export async function runEra(era: string, url: string): Promise<EraResult> {
  const required = (
    load(readFileSync(join(SUITE, `requirements/${era}.yaml`), 'utf8')) as { server: string[] }
  ).server
  const out = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    const child = spawn(
      process.execPath,
      [join(SUITE, 'dist/index.js'), 'server', '--url', url, '--requirements', era, '-o', out],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS },
    )
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    await once(child, 'close')
    // Only a scenario that ran, passed checks and failed none counts.
    const passed = required.filter((name) =>
      new RegExp(`^✓ ${name}: [1-9]\\d* passed, 0 failed`, 'm').test(output),
    )
    return { era, passed: passed.length, required: required.length, output }
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/** Starts the appliance with the fixture server and runs both eras. */
export async function runConformance(): Promise<EraResult[]> {
  await using appliance = await startAppliance({
    args: ['--no-auth'],
    ...FIXTURE_SERVER,
  })
  // The suite's check against DNS rebinding wants the name.
  const url = `${appliance.url.replace('127.0.0.1', 'localhost')}/fixture`
  const results: EraResult[] = []
  for (const era of ERAS) results.push(await runEra(era, url))
  return results
}

if (import.meta.main) {
  const results = await runConformance()
  for (const { passed, required, output } of results) if (passed < required) process.stdout.write(output)
  for (const { era, passed, required } of results)
    process.stdout.write(`server ${era}: ${passed}/${required}\n`)
  process.exitCode = results.every(({ passed, required }) => passed === required && required > 0) ? 0 : 1
}
