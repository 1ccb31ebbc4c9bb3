/**
 * The servers that were added, as files of a state folder. Each is there whole or not at all: its descriptor, by which
 * the gateway knows it, comes last and goes first.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import { addedCapsIn, addedUnitsIn, gatewaySocketIn, instanceName } from '../../command/installation.ts'
import { ResourceClaims } from '../../contracts/resource-claims.ts'
import {
  type Drift,
  describeThirdParty,
  type Grants,
  hasDrifted,
  type LaunchSpec,
  type Pinned,
  QUARANTINE_FILE,
  readDrift,
} from '../../contracts/third-party.ts'
import { grantsText, serviceText, socketText } from '../../host/added-server-units.ts'
import { mustReadFileSync, readFileBoundedSync } from '../../host/bounded-file.ts'
import { tryLock } from '../../host/file-calls.ts'
import { nodeCrypto } from '../../host/lazy.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import {
  DESCRIPTOR_SUFFIX,
  type Descriptor,
  descriptorProblem,
  MAX_DESCRIPTOR_BYTES,
} from '../../protocol/descriptor.ts'
import { parsedJson } from '../../protocol/values.ts'

/** How long an appliance is given to open a socket, in milliseconds; there may be none although its own is there. */
const LISTENING_WITHIN_MS = 3000

const MAX_DRIFT_BYTES = 1024 * 1024

/** What the files begin with that stand for a server that is being added; no server has such a name. */
const ADDING = '.adding-'

/** Of the files in a server's folder the one that is written last. */
const LAST_FILE = 'grants.json'

export interface AddedServer {
  launch: LaunchSpec
  /** What it was added as, for people; what starts it without. */
  command?: string
  pinned: Pinned
  grants: Grants
  enabled: boolean
}

export class ServerStore {
  readonly #lib: string
  readonly #units: string
  readonly #caps: string
  readonly #gateway: string
  /** `state` is the folder that `luca up` keeps its state in. */
  constructor(state: string) {
    this.#lib = join(state, 'lib')
    this.#units = addedUnitsIn(state)
    this.#caps = addedCapsIn(state)
    this.#gateway = gatewaySocketIn(state)
  }

  /** Those that are there whole. */
  names(): string[] {
    return entriesOf(join(this.#lib, 'servers'))
      .filter((name) => existsSync(join(this.#folder(name), LAST_FILE)))
      .sort()
  }

  /**
   * Says that a server is being added, until that is disposed of, and removes what is left of additions that were cut off.
   * Throws a CliError where another process adds it.
   */
  beginAdding(name: string): Disposable {
    this.#sweep()
    mkdirSync(this.#lib, { recursive: true, mode: 0o700 })
    const begun = lockFile(this.#addition(name))
    if (!begun)
      throw new CliError('busy', `Another luca is adding a server "${name}"; wait until it has ended.`)
    return begun
  }

  /** Throws a CliError where there is none of that name. */
  read(name: string): AddedServer {
    if (!this.names().includes(name))
      throw new CliError('usage', `No server "${name}" was added; "luca server list" lists them.`)
    const json = (file: string) =>
      JSON.parse(mustReadFileSync(join(this.#folder(name), file), MAX_DESCRIPTOR_BYTES))
    const { enabled = true, command, ...grants } = json(LAST_FILE)
    const shown = typeof command === 'string' ? { command } : {}
    return { launch: json('server.json'), ...shown, pinned: json('pinned.json'), grants, enabled }
  }

  /** Removes what is left of additions whose process has ended. */
  #sweep(): void {
    for (const file of entriesOf(this.#lib)) {
      if (!file.startsWith(ADDING)) continue
      const name = file.slice(ADDING.length)
      using left = lockFile(this.#addition(name))
      // The descriptor comes last.
      if (left && !existsSync(this.#descriptor(name))) this.remove(name)
    }
  }

  /** The addresses of resources that belong to other servers: to ours, whose descriptors lie in `caps`, and to those that were added. */
  claimsBeside(name: string, caps: string): ResourceClaims {
    const claims = new ResourceClaims()
    const ours = existsSync(caps) ? readdirSync(caps) : []
    for (const file of ours.filter((each) => each.endsWith(DESCRIPTOR_SUFFIX))) {
      const ours = basename(file, DESCRIPTOR_SUFFIX)
      const descriptor = parsedJson(readFileBoundedSync(join(caps, file), MAX_DESCRIPTOR_BYTES) ?? '')
      if (descriptorProblem(descriptor, ours) === undefined) claims.add(ours, descriptor as Descriptor)
    }
    for (const other of this.names().filter((each) => each !== name))
      claims.add(other, this.read(other).pinned.offer)
    return claims
  }

  /** What the server was last found to offer other than what is pinned; undefined if nothing. */
  drift(name: string): Drift | undefined {
    const path = join(this.#lib, name, instanceName(), QUARANTINE_FILE)
    // The folder is the server's own, and may hold anything.
    const drift = readDrift(readable(() => readFileBoundedSync(path, MAX_DRIFT_BYTES, { nofollow: true })))
    return hasDrifted(drift) ? drift : undefined
  }

  /**
   * Writes a server, in place of an earlier one of its name. Resolves when it can be called, if it is enabled and anyone
   * runs it.
   */
  async write({ launch, command, pinned, grants, enabled }: AddedServer): Promise<void> {
    const { name } = pinned
    const descriptor = JSON.stringify(describeThirdParty(pinned))
    const bytes = Buffer.byteLength(descriptor)
    if (bytes > MAX_DESCRIPTOR_BYTES)
      throw new CliError(
        'failed',
        `What the server "${name}" says of itself has ${bytes} bytes; ${MAX_DESCRIPTOR_BYTES} are the most that the gateway reads.`,
      )
    this.#sweep()
    const isNew = !this.names().includes(name)
    const folder = this.#folder(name)
    const revision = nodeCrypto()
      .createHash('sha256')
      .update(JSON.stringify([launch, pinned, grants]))
      .digest('hex')
      .slice(0, 16)
    try {
      writeFileAtomic(join(folder, 'server.json'), JSON.stringify(launch), 0o600)
      writeFileAtomic(join(folder, 'pinned.json'), JSON.stringify(pinned))
      writeFileAtomic(join(folder, LAST_FILE), JSON.stringify({ ...grants, command, enabled }), 0o600)
      if (!enabled) return this.#close(name)
      writeFileAtomic(this.#grants(name), grantsText(name, grants))
      writeFileAtomic(join(this.#units, `mcp-${name}@.service`), serviceText(name, revision))
      writeFileAtomic(join(this.#units, `mcp-${name}@.socket`), socketText(name))
      await this.#untilListening(name)
      writeFileAtomic(this.#descriptor(name), descriptor)
      rmSync(join(this.#lib, name, instanceName(), QUARANTINE_FILE), { force: true })
    } catch (error) {
      if (isNew) this.remove(name)
      throw error
    }
  }

  remove(name: string): void {
    this.#close(name)
    rmSync(this.#folder(name), { recursive: true, force: true })
    rmSync(join(this.#lib, name), { recursive: true, force: true })
    rmSync(this.programsOf(name), { recursive: true, force: true })
  }

  /** Where a server keeps its things, and works. */
  stateOf(name: string): string {
    return join(this.#lib, name, instanceName())
  }

  /** Where its package is installed. */
  programsOf(name: string): string {
    return join(this.#lib, 'programs', name)
  }

  /** Takes away what others know a server by. */
  #close(name: string): void {
    rmSync(this.#descriptor(name), { force: true })
    for (const kind of ['socket', 'service'])
      rmSync(join(this.#units, `mcp-${name}@.${kind}`), { force: true })
    rmSync(dirname(this.#grants(name)), { recursive: true, force: true })
  }

  /** An appliance that runs opens the socket of what was added; clients must not see it before. */
  async #untilListening(name: string): Promise<void> {
    const socket = join(dirname(this.#gateway), instanceName(), `${name}.sock`)
    const deadline = Date.now() + LISTENING_WITHIN_MS
    while (existsSync(this.#gateway) && !existsSync(socket) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Locked while the process lives that adds it. */
  #addition(name: string): string {
    return join(this.#lib, ADDING + name)
  }

  #grants(name: string): string {
    return join(this.#units, `mcp-${name}@.service.d`, '50-grants.conf')
  }

  #folder(name: string): string {
    return join(this.#lib, 'servers', name)
  }

  #descriptor(name: string): string {
    return join(this.#caps, `${name}${DESCRIPTOR_SUFFIX}`)
  }
}

const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** A file that this process alone has, until it is disposed of or the process ends; undefined where another one has it. */
function lockFile(path: string): Disposable | undefined {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK, 0o600)
  const isThere = () => statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino
  if (!tryLock(fd) || !isThere()) {
    closeSync(fd)
    return undefined
  }
  return {
    [Symbol.dispose]() {
      rmSync(path, { force: true })
      closeSync(fd)
    },
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
