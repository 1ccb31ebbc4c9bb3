/**
 * Lists of paths in a variable, as the service manager writes them: colons between them, and a backslash before a colon or a
 * backslash that belongs to a path. Source: systemd.exec(5), StateDirectory= and its siblings.
 */

export const joinPaths = (paths: readonly string[]): string =>
  paths.map((path) => path.replace(/[\\:]/g, '\\$&')).join(':')

/** The paths of a list; what is empty is left out. */
export const splitPaths = (list: string): string[] =>
  (list.match(/(?:\\.|[^:])+/gs) ?? []).map((path) => path.replace(/\\(.)/gs, '$1'))
