/** Starts a server that is not ours once, through the adapter, to see what it offers. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ResourceClaims } from '../../protocol/resource-claims.ts'
import { type LaunchSpec, readOffer, type Vetted, whyUnusable } from '../../protocol/third-party.ts'
import { parsedJson } from '../../protocol/values.ts'
import { vet } from '../../protocol/vetting.ts'
import { Refusal } from '../refusal.ts'

/** `claims` are the addresses of other servers. Throws a Refusal with what the server said where it can't be started or does not speak MCP. */
export async function inspect(
  name: string,
  launch: LaunchSpec,
  claims: ResourceClaims,
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
  const offer = readOffer(parsedJson(out))
  if (!offer)
    throw new Refusal(
      'failed',
      `The server "${name}" could not be used: ${whyUnusable(said)}\nIts command by itself, in another folder than this, may show more: ${[launch.command, ...launch.args].join(' ')}`,
    )
  return vet(name, offer, claims)
}
