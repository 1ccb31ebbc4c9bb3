/** How the files of secrets are named. */

export interface SecretInfo {
  server: string
  /** Whose it is; null for one of the whole system. */
  user: string | null
  name: string
}
/** In the place of a user's name; no user's begins so. */
const NOBODYS = '_'

/** The file of a secret, named so that a unit imports its own by its name and instance: `mcp-mail.ada.password`. */
export const secretFile = ({ server, user, name }: SecretInfo): string =>
  user === null ? `llmbasedos-${server}.${NOBODYS}.${name}` : `mcp-${server}.${user}.${name}`

/** The secret that a file is named after; undefined for any other file. */
export function secretOfFile(file: string): SecretInfo | undefined {
  const [, server, user, name] =
    /^(?:mcp|llmbasedos)-([a-z][a-z0-9-]*)\.([a-z0-9_-]+)\.([A-Za-z0-9][\w.-]*)$/.exec(file) ?? []
  if (server === undefined || user === undefined || name === undefined) return undefined
  return { server, user: user === NOBODYS ? null : user, name }
}

/**
 * The gateway's secret that HTTPS is served with: a key, its certificate and that of the CA, as PEM and in this
 * order. One file, so that a power cut never leaves parts that do not fit together.
 */
export const TLS_CREDENTIAL = 'tls.pem'
