/** What HTTPS is served with. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { TLS_CREDENTIAL } from '../../../contracts/secret-files.ts'
import { certificateNames } from '../../../host/certificate-names.ts'
import { readCredential } from '../../../host/credentials.ts'

export interface Tls {
  /** This and the next two are PEM. */
  readonly key: string
  readonly cert: string
  /** The certificate that devices have to trust. */
  readonly ca: string
  /** By which names and addresses this machine is reached: those that the certificate is for. */
  readonly names: readonly string[]
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g

/** Undefined where this process was given no such credential. Throws as `parseTls` does. */
export async function readTls(env: NodeJS.ProcessEnv = process.env): Promise<Tls | undefined> {
  const text = await readCredential(TLS_CREDENTIAL, env)
  return text === undefined ? undefined : parseTls(text)
}

/** Throws for what is not what the root helper makes: parts that are missing, damaged, or not of one pair. */
export function parseTls(text: string): Tls {
  const [key, cert, ca, ...more] = [...text.matchAll(BLOCK)].map(([block, label]) => ({
    block,
    label,
  }))
  if (
    key?.label !== 'PRIVATE KEY' ||
    cert?.label !== 'CERTIFICATE' ||
    ca?.label !== 'CERTIFICATE' ||
    more.length > 0
  )
    throw unusable()
  const tls = { key: key.block, cert: cert.block, ca: ca.block }
  try {
    createSecureContext({ key: tls.key, cert: tls.cert })
    new X509Certificate(tls.ca)
    return { ...tls, names: certificateNames(new X509Certificate(tls.cert)) }
  } catch (cause) {
    throw unusable(cause)
  }
}

const unusable = (cause?: unknown): Error =>
  new Error(
    `The credential ${TLS_CREDENTIAL} must hold a key, its certificate and that of the CA; "luca certificate make" makes it anew.`,
    { cause },
  )
