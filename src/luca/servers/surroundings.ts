/**
 * What of the environment of whoever adds a server is the server's as well, whoever starts it later: where its programs and its
 * settings are, and how the network is reached. It is tried with these, and served with these.
 */
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ALWAYS: ReadonlySet<string> = new Set(['HOME', 'LANG', 'TZ'])
/** How the network is reached, and where npm, pip and uv find packages. */
export const OF_NETWORK =
  /^((https?|no|all|ftp)_proxy|node_extra_ca_certs|ssl_cert_(file|dir)|npm_config_.*|pip_.*|uv_.*)$/i

/** `programs` is the folder of luca's own programs: the Node that stands beside them is ours, and no server's. */
export function surroundings(env: NodeJS.ProcessEnv, programs: string): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value !== '' && (ALWAYS.has(name) || OF_NETWORK.test(name)) ? [[name, value]] : [],
  )
  return {
    ...Object.fromEntries(kept),
    PATH: pathWithout(join(dirname(programs), 'node_modules/.bin'), env.PATH ?? ''),
  }
}

/** A PATH without a folder, however that is spelt in it. */
function pathWithout(folder: string, path: string): string {
  const own = real(folder)
  return path
    .split(':')
    .filter((each) => each !== '' && real(each) !== own)
    .join(':')
}

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
