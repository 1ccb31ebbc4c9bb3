/** Starts a server that is not ours once, through the adapter, to see what it offers. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type LaunchSpec, type Offer, type Vetted, vet } from '../../protocol/third-party.ts'
import { Refusal } from '../refusal.ts'

/** Throws a Refusal with what the server said where it can't be started or does not speak MCP. */
export async function inspect(
  name: string,
  launch: LaunchSpec,
  programs: string,
  signal: AbortSignal,
): Promise<Vetted> {
  const child = spawn(process.execPath, [join(programs, 'stdio-adapter.mjs'), '--inspect'], {
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
      `The server "${name}" could not be used: ${lastLine(said) || 'it ended without a word'}. Try its command by itself: ${launch.command} ${launch.args.join(' ')}`,
      { cause },
    )
  }
  return vet(name, offer)
}

/** What the adapter says at last is why; before that are the server's own words, as JSON. */
const lastLine = (said: string): string =>
  said
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .at(-1)
    ?.replace(/\.$/, '') ?? ''
