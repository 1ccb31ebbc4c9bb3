/** What HTTPS is served with. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { readCredential } from '../../../host/credentials.ts'
import { TLS_CREDENTIAL } from '../../../protocol/admin-helper.ts'

/** Each is PEM. */
export interface Tls {
  readonly key: string
  readonly cert: string
  /** The certificate that devices have to trust. */
  readonly authority: string
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g

/**
 * Undefined where this process was given no such credential. Throws where it is not what the root helper makes: parts that
 * are missing, damaged, or not of one pair.
 */
export async function readTls(env: NodeJS.ProcessEnv = process.env): Promise<Tls | undefined> {
  const text = await readCredential(TLS_CREDENTIAL, env)
  if (text === undefined) return undefined
  const [key, cert, authority, ...more] = [...text.matchAll(BLOCK)].map(([block, label]) => ({
    block,
    label,
  }))
  if (
    key?.label !== 'PRIVATE KEY' ||
    cert?.label !== 'CERTIFICATE' ||
    authority?.label !== 'CERTIFICATE' ||
    more.length > 0
  )
    throw unusable()
  const tls = { key: key.block, cert: cert.block, authority: authority.block }
  try {
    createSecureContext({ key: tls.key, cert: tls.cert })
    new X509Certificate(tls.authority)
  } catch (cause) {
    throw unusable(cause)
  }
  return tls
}

const unusable = (cause?: unknown): Error =>
  new Error(
    `The credential ${TLS_CREDENTIAL} must hold a key, its certificate and that of the authority; "luca certificate make" makes it anew.`,
    { cause },
  )
