/** Starts a server that is not ours once, through the adapter, to see what it offers. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type LaunchSpec, type Offer, type Vetted, vet } from '../../protocol/third-party.ts'
import { visible } from '../output.ts'
import { Refusal } from '../refusal.ts'

/** How many of a server's last lines are shown when it can't be used. */
const LAST_WORDS = 20

/** Throws a Refusal with what the server said where it can't be started or does not speak MCP. */
export async function inspect(
  name: string,
  launch: LaunchSpec,
  programs: string,
  signal: AbortSignal,
): Promise<Vetted> {
  const child = spawn(process.execPath, [join(programs, 'stdio-adapter.cjs'), '--inspect'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  })
  child.on('error', () => {}) // 'close' follows
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(launch))
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)])
  signal.throwIfAborted()
  let offer: Offer
  try {
    offer = JSON.parse(out) as Offer
  } catch (cause) {
    throw new Refusal(
      'failed',
      `The server "${name}" could not be used: Try its command by itself, in another folder than this: ${launch.command} ${launch.args.join(' ')}. ${whyOf(said)}`,
      { cause },
    )
  }
  return vet(name, offer)
}

/** What the adapter says at last is why; before that are, as JSON, the server's own words, of which the last may tell more. */
function whyOf(said: string): string {
  const lines = said.trim().split('\n')
  const why = lines.filter((line) => !line.startsWith('{')).at(-1) || 'it ended without a word'
  const own = lines.flatMap((line) => wordsOf(line) ?? []).slice(-LAST_WORDS)
  return `${why.replace(/\.?$/, '.')}${own.length === 0 ? '' : ` The last it said:${own.map((line) => `\n  ${visible(line)}`).join('')}`}`
}

function wordsOf(line: string): string | undefined {
  try {
    const { stderr } = JSON.parse(line.slice(line.indexOf('{'))) as { stderr?: unknown }
    return typeof stderr === 'string' && stderr.trim() !== '' ? stderr : undefined
  } catch {
    return undefined
  }
}
