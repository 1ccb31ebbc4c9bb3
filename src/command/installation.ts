/** Where things lie: the image's paths, and what they are on a machine without the image. */
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { joinPaths } from '../host/path-list.ts'
import { CliError } from './cli-error.ts'
import { MANIFEST } from './manifest.ts'
import { ownHome, ownName } from './own-account.ts'

/** The folder that the state is kept in unless told otherwise. */
export const defaultState = (env: NodeJS.ProcessEnv): string =>
  env.LLMBDO_STATE || join(env.XDG_STATE_HOME || join(ownHome(), '.local', 'state'), 'llmbasedos')

/** Where the gateway's own socket lies in a state folder. */
export const gatewaySocketIn = (state: string): string => join(state, 'run', 'mcp', 'gateway.sock')

/** Where the unit files and the descriptors of added servers lie in a state folder. */
export const addedUnitsIn = (state: string): string => join(state, 'units')
export const addedCapsIn = (state: string): string => join(state, 'lib', 'caps')

/** Where secrets lie that a unit imports: in the image the service manager's, here a folder of the state. */
export const CREDENTIAL_STORE = '/run/credstore'
export const credentialStoreIn = (state: string): string => join(state, 'credstore')
/** Where running services have what they were given of those, in a folder of each. */
export const PLACED_CREDENTIALS = '/run/credentials'
export const placedCredentialsIn = (state: string): string => join(state, 'run', 'credentials')

/** Where models lie in the image, and in a state folder. */
const SYSTEM_MODELS = '/var/lib/llmbasedos/models'
const modelsIn = (state: string): string => join(state, 'models')

/**
 * Whether state is that of `luca up`. In the image a person's state folder is there as well, with conversations and a history: that
 * it is there says nothing.
 */
const isOfUp = (env: NodeJS.ProcessEnv, { kind }: Pick<Installation, 'kind'>): boolean =>
  Boolean(env.LLMBDO_STATE) || kind !== 'image'

/** The folder of models: the environment's, else the image's in the image, else that of `luca up`. */
export function modelsFolder(
  env: NodeJS.ProcessEnv,
  installation: Pick<Installation, 'kind'> = findInstallation(),
): string {
  if (env.LLMBDO_MODELS_DIR) return resolve(env.LLMBDO_MODELS_DIR)
  return isOfUp(env, installation) ? modelsIn(defaultState(env)) : SYSTEM_MODELS
}

/** The folder of configuration, readable by all users in the image; chosen as that of models is. */
const SYSTEM_CONFIGURATION = '/etc/llmbasedos'
const configurationIn = (state: string): string => join(state, 'etc')
export const configurationFolder = (
  env: NodeJS.ProcessEnv,
  installation: Pick<Installation, 'kind'> = findInstallation(),
): string => (isOfUp(env, installation) ? configurationIn(defaultState(env)) : SYSTEM_CONFIGURATION)

export interface Installation {
  /** The project's own folder, a copy that `make install` made of it, or a system that is the appliance. */
  kind: 'project' | 'installed' | 'image'
  /** Unit files. */
  units: string
  /** The built programs and descriptors. */
  programs: string
  /** What starts luca in a shell. */
  command: string
}

/** Where an installation of each kind has its parts, from the folder that all of them are in. */
const LAYOUTS: readonly Installation[] = [
  { kind: 'project', units: 'systemd', programs: 'dist', command: 'bin/luca' },
  { kind: 'image', units: 'lib/systemd/system', programs: 'lib/llmbasedos', command: 'bin/luca' },
]

/** Finds the installation that this file is part of, whether it runs bundled or as source. */
export function findInstallation(from = import.meta.dirname): Installation {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder))
    for (const { kind, units, programs, command } of LAYOUTS)
      if (existsSync(join(folder, units, 'llmbasedos-gateway.service')))
        return {
          kind: kind === 'project' && existsSync(join(folder, MANIFEST)) ? 'installed' : kind,
          units: join(folder, units),
          programs: join(folder, programs),
          command: join(folder, command),
        }
  throw new CliError('failed', `There are no unit files in or above ${from}; install the whole project.`)
}

/** The name of this machine's user, or the uid where that has none, as an instance of units and a folder's name. */
export function instanceName(username = ownName() ?? `u${process.getuid?.()}`): string {
  const name = username
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '_')
    .slice(0, 31)
  return /^[a-z_]/.test(name) ? name : `_${name}`.slice(0, 31)
}

/** Whose servers root has in the image. */
const OWNER = 'owner'

/** Whose servers are one's own here, as an instance of units. */
export const ownInstance = (): string =>
  findInstallation().kind === 'image' && process.getuid?.() === 0 ? OWNER : instanceName()

export interface Places extends Installation {
  state: string
  files: string
  instance: string
}

/** Makes the folder that is served unless another is named: one of its own, where a person finds it. */
export function ownFiles(home = ownHome()): { folder: string; made: boolean } {
  const folder = join(home, 'llmbasedos-files')
  try {
    return { folder, made: mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined }
  } catch (cause) {
    throw new CliError(
      'failed',
      `The folder ${folder} can't be made (${(cause as Error).message}); --files names another one to serve.`,
      { cause },
    )
  }
}

/** The folder that holds the programs, with all that belongs to them. */
const programFolder = ({ kind, programs }: Installation): string =>
  realpathSync(kind === 'image' ? programs : dirname(programs))

/**
 * Makes the state folder, for its owner alone, and finds the real paths of both folders. Throws a CliError for files
 * that can't be served.
 */
export function openPlaces(installation: Installation, state: string, files: string): Places {
  if (!statSync(files, { throwIfNoEntry: false })?.isDirectory())
    throw new CliError('usage', `${resolve(files)} is not a folder; --files names the folder to serve.`)
  makeState(state)
  const places = {
    ...installation,
    state: realpathSync(state),
    files: realpathSync(files),
    instance: instanceName(),
  }
  const program = programFolder(installation)
  if (isWithin(places.files, program))
    throw new CliError(
      'usage',
      `${resolve(files)} belongs to the program in ${program}, which clients could change there; --files names another folder to serve.`,
    )
  if (isWithin(places.files, places.state))
    throw new CliError(
      'usage',
      `${resolve(files)} belongs to the state folder, where tokens are kept; --files names another folder to serve.`,
    )
  return places
}

function makeState(state: string): void {
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new CliError(
      'failed',
      `The state folder ${state} can't be made (${(cause as Error).message}); --state names another one.`,
      { cause },
    )
  }
}

/** Folders that are not served where they lie among the files: tokens and state, and the programs that run. */
export const hiddenFolders = (places: Places): string[] =>
  [places.state, programFolder(places)].filter((folder) => isWithin(folder, places.files))

/** Whether `path` is `folder` or lies in it. Both are absolute and normalised. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

type PathMap = (path: string) => string

/** A path of the image → the one here. A path that is in no row of the table is left as it is. */
export const pathMap = (places: Places): PathMap =>
  mapBy([...imagePaths(places), [`/home/${places.instance}`, places.files]])

/**
 * The same for the words of a command: what the image runs is in no user's home, so a path in one is a path of this
 * machine, such as that of a program in a folder of your own units.
 */
export const commandMap = (places: Places): PathMap => mapBy(imagePaths(places))

type Row = readonly [from: string, to: string]

function imagePaths({ state, programs }: Places): Row[] {
  return [
    ['/usr/bin/node', process.execPath],
    ['/usr/lib/llmbasedos', programs],
    [SYSTEM_MODELS, modelsIn(state)],
    ['/var/lib/llmbasedos', join(state, 'lib')],
    ['/var/cache/llmbasedos', join(state, 'cache')],
    [SYSTEM_CONFIGURATION, configurationIn(state)],
    [CREDENTIAL_STORE, credentialStoreIn(state)],
    ['/run', join(state, 'run')],
  ]
}

const mapBy =
  (table: readonly Row[]): PathMap =>
  (path) => {
    const row = table.find(([from]) => isWithin(path, from))
    return row ? row[1] + path.slice(row[0].length) : path
  }

/** As `pathMap`, for a value that may be a list of paths: in one, a colon in a path here is not one between two. */
export function mapPathList(map: PathMap, value: string): string {
  const paths = value.split(':')
  if (paths.length === 1) return map(value)
  const here = (path: string) => (map(path) === path ? path : joinPaths([map(path)]))
  return paths.map(here).join(':')
}
