/**
 * `stdio-adapter PINNED`: serves the server that the credential `server.json` says how to start, held to what is in
 * the file PINNED. With `--inspect` it starts the one that is described on stdin, prints what that offers, and ends it.
 */
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { json } from 'node:stream/consumers'
import { serve } from '../../framework/serve.ts'
import { readCredential } from '../../host/credentials.ts'
import { createLazyLog } from '../../host/lazy.ts'
import { LAUNCH_CREDENTIAL, type LaunchSpec, type Pinned } from '../../protocol/third-party.ts'
import { adapt } from './adapter.ts'
import { Child } from './child.ts'

/** The official client tells of every part of a list that does not fit, each in lines of its own. In characters. */
const MAX_REASON = 500

void (process.argv[2] === '--inspect' ? inspect() : serveChild())

async function serveChild(): Promise<void> {
  const [, , pinnedPath] = process.argv
  const launch = await readCredential(LAUNCH_CREDENTIAL)
  if (launch === undefined || pinnedPath === undefined)
    throw new Error(
      `It needs the credential "${LAUNCH_CREDENTIAL}" and the path of what is pinned; a unit of "luca server add" gives both.`,
    )
  const pinned = JSON.parse(readFileSync(pinnedPath, 'utf8')) as Pinned
  const { server, validators } = adapt(JSON.parse(launch) as LaunchSpec, pinned)
  await serve(server, validators)
}

async function inspect(): Promise<void> {
  const spec = (await json(process.stdin)) as LaunchSpec
  const log = createLazyLog({ name: 'inspect' })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  try {
    // Some servers offer more to a client that can be asked more.
    const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} }
    const child = await Child.start({ spec, capabilities, cwd: tmpdir(), log, stop: stop.signal })
    try {
      process.stdout.write(JSON.stringify(await child.offer()))
    } finally {
      await child.end()
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message.replace(/\s+/g, ' ').slice(0, MAX_REASON)}\n`)
    process.exitCode = 1
  }
}
