/** Paths of served files, as people type them: absolute from the top folder, or relative to where they are. */

/** The absolute path; `..` at the top stays there. */
export function servedPath(cwd: string, path: string): string {
  const names: string[] = []
  for (const name of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}
