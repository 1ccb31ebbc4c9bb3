/**
 * `stdio-adapter PINNED`: serves the server that the credential `server.json` says how to start, held to what is in
 * the file PINNED. With `--inspect` it starts the one that this credential, or stdin, describes, prints what that offers,
 * and ends it. With `--install` it installs the packages that the credential `install.json`, or stdin, names, and prints how the
 * server is started then.
 */
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { LAUNCH_CREDENTIAL, type LaunchSpec, type Offer, type Pinned } from '../../contracts/third-party.ts'
import { serve } from '../../framework/serve.ts'
import { INSTALL_CREDENTIAL } from '../../host/added-server-units.ts'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { readCredential, readSecrets } from '../../host/credentials.ts'
import { directories } from '../../host/directories.ts'
import { createLazyLog } from '../../host/lazy.ts'
import { MAX_DESCRIPTOR_BYTES } from '../../protocol/descriptor.ts'
import { cleanLine } from '../../protocol/foreign-text.ts'
import { adapt } from './adapter.ts'
import { Child } from './child.ts'
import { type Installation, install } from './install.ts'
import { withUnsoundOutputs } from './output-schemas.ts'

/** The official client tells of every part of a list that does not fit, each in lines of its own. In characters. */
const MAX_REASON = 500
/** How long a server may take to its first answer when it is looked at, in milliseconds. */
const LOOK_WITHIN_MS = 5 * 60_000
/** What can be the name of a variable of an environment. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const MODES: Readonly<Record<string, () => Promise<void>>> = {
  '--inspect': () => once(inspect),
  '--install': () => once(installPackages),
}
void (MODES[process.argv[2] ?? ''] ?? serveChild)()

async function serveChild(): Promise<void> {
  const [, , pinnedPath] = process.argv
  const launch = await readCredential(LAUNCH_CREDENTIAL)
  if (launch === undefined || pinnedPath === undefined)
    throw new Error(
      `It needs the credential "${LAUNCH_CREDENTIAL}" and the path of what is pinned; a unit of "luca server add" gives both.`,
    )
  const pinned = JSON.parse(mustReadFileSync(pinnedPath, MAX_DESCRIPTOR_BYTES)) as Pinned
  const { server, validators } = adapt(await specOf(launch), pinned)
  await serve(server, validators)
}

/** How the server is started, with what its user keeps for it in its environment. */
async function specOf(launch: string): Promise<LaunchSpec> {
  const spec = JSON.parse(launch) as LaunchSpec
  const kept = Object.entries(await readSecrets()).filter(([name]) => VARIABLE.test(name))
  return { ...spec, env: { ...spec.env, ...Object.fromEntries(kept) } }
}

/** Does something that ends, prints what it gives, and says in a line on stderr why it could not be done. */
async function once(work: () => Promise<unknown>): Promise<void> {
  try {
    process.stdout.write(JSON.stringify(await work()))
  } catch (error) {
    process.stderr.write(`${cleanLine((error as Error).message).slice(0, MAX_REASON)}\n`)
    process.exitCode = 1
  }
}

async function installPackages(): Promise<unknown> {
  const installation = (await readCredential(INSTALL_CREDENTIAL)) ?? (await text(process.stdin))
  const { state: folder } = directories()
  if (installation === '' || folder === undefined)
    throw new Error(
      `It needs the credential "${INSTALL_CREDENTIAL}", or the same on stdin, and a folder; luca gives both, and so does the root helper.`,
    )
  return install(JSON.parse(installation) as Installation, folder, stopSignal())
}

async function inspect(): Promise<Offer> {
  const spec = await specOf((await readCredential(LAUNCH_CREDENTIAL)) ?? (await text(process.stdin)))
  const log = createLazyLog({ name: 'inspect' })
  // Some servers offer more to a client that can be asked more.
  const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} }
  const { state: cwd = tmpdir() } = directories()
  const child = await Child.start({
    spec,
    capabilities,
    cwd,
    log,
    stop: stopSignal(),
    connectMs: LOOK_WITHIN_MS,
  })
  try {
    return await withUnsoundOutputs(await child.offer())
  } finally {
    await child.end()
  }
}

/** How often is looked whether the process that started this one is there, in milliseconds. */
const PARENT_MS = 1000

/** Aborted when this process is asked to end, or its parent was killed and can't ask. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop.abort(new Error('Who started it is gone.'))
  }, PARENT_MS).unref()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error('The server is stopping.')))
  return stop.signal
}
