/**
 * The certificate that the gateway shows, signed by an authority of this machine's own: devices trust that once, and
 * the certificate can be made anew as often as names change. openssl(1) signs both.
 */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { readFileBounded } from '../host/bounded-file.ts'
import {
  type CertificateInfo,
  MAX_CERTIFICATE_DAYS,
  type ParamsOf,
  TLS_CREDENTIAL,
} from '../protocol/admin-helper.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { hasSecret, keepSecret, restart, seal, unseal } from './secrets.ts'

const OPENSSL = '/usr/bin/openssl'
const AUTHORITY_DAYS = 3650
const DAY_MS = 86_400_000
/** How long before its end a certificate is made anew, in days. */
const RENEW_DAYS = 30
const MAX_BYTES = 64 * 1024
/** The name that the authority's key is sealed under. */
const KEY_NAME = 'ca.key'
const TLS = { server: 'gateway', user: null, name: TLS_CREDENTIAL }
const ALWAYS = ['localhost', '127.0.0.1', '::1']

/** Everybody may read these two. */
const authorityFile = ({ state }: Machine) => join(state, 'ca.crt')
const certificateFile = ({ state }: Machine) => join(state, 'gateway.crt')
/** Sealed, and apart from the secrets, so that no unit can be given it by a pattern of names. */
const keyFile = ({ state }: Machine) => join(state, 'ca', KEY_NAME)

interface Authority {
  key: string
  pem: string
}

/** Makes the gateway's certificate, and the authority if there is none; the gateway shows it from now on. */
export async function makeCertificate(
  wanted: ParamsOf<'certificate/make'>,
  machine: Machine,
): Promise<CertificateInfo> {
  await issue(machine, wanted)
  await restart(machine, TLS.server, TLS.user)
  return showCertificate({}, machine)
}

async function issue(
  machine: Machine,
  { names = [], days = MAX_CERTIFICATE_DAYS }: ParamsOf<'certificate/make'>,
): Promise<void> {
  await mkdir(machine.scratch, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(machine.scratch, 'certificate-'))
  try {
    const authority = (await readAuthority(machine)) ?? (await makeAuthority(machine, scratch))
    const left = Math.floor((expiryOf(authority.pem) - machine.now()) / DAY_MS)
    if (left < 1)
      throw new RpcError(
        'INTERNAL',
        `The authority has expired; move ${authorityFile(machine)} away for a new one.`,
      )
    const own = machine.hostname()
    const made = await sign(
      machine,
      authority,
      [...new Set([own, own.includes('.') ? [] : `${own}.local`, ...ALWAYS, ...names].flat())],
      Math.min(days, left),
      scratch,
    )
    // The authority is no secret, but so the gateway, which sees no file of this machine, can give it to those who ask.
    await keepSecret(machine, TLS, made.key + made.pem + authority.pem)
    await replaceFile(certificateFile(machine), made.pem, 0o644)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Makes one where it or its key is missing, where it ends soon, or where it lacks the machine's name. */
export async function renewCertificate(machine: Machine): Promise<void> {
  if (await ensureCertificate(machine)) await restart(machine, TLS.server, TLS.user)
}

/** The same before the gateway starts. Says whether one was made. */
export async function ensureCertificate(machine: Machine): Promise<boolean> {
  const own = await readFileBounded(certificateFile(machine), MAX_BYTES)
  const names = own === undefined ? [] : namesOf(own)
  const soon = own === undefined || expiryOf(own) - machine.now() < RENEW_DAYS * DAY_MS
  if (!soon && names.includes(machine.hostname()) && (await hasSecret(machine, TLS))) return false
  const added = names.filter((name) => !ALWAYS.includes(name))
  await issue(machine, added.length > 0 ? { names: added } : {})
  return true
}

export async function showCertificate(
  _: ParamsOf<'certificate/show'>,
  machine: Machine,
): Promise<CertificateInfo> {
  const pem = await readFileBounded(authorityFile(machine), MAX_BYTES)
  const own = await readFileBounded(certificateFile(machine), MAX_BYTES)
  return {
    certificate: own === undefined ? null : { names: namesOf(own), expiresAt: isoExpiry(own) },
    authority:
      pem === undefined
        ? null
        : { fingerprint: new X509Certificate(pem).fingerprint256, expiresAt: isoExpiry(pem), pem },
  }
}

/** The authority; undefined before it was made. Throws where only its certificate is there: devices trust that. */
async function readAuthority(machine: Machine): Promise<Authority | undefined> {
  const pem = await readFileBounded(authorityFile(machine), MAX_BYTES)
  if (pem === undefined) return undefined
  try {
    return { pem, key: await unseal(machine, KEY_NAME, keyFile(machine)) }
  } catch (cause) {
    const why = cause instanceof RpcError ? ` (${cause.message})` : ''
    throw new RpcError(
      'INTERNAL',
      `The key of the authority can't be read${why}. Move ${authorityFile(machine)} away for a new authority, which every device must then trust anew.`,
      { cause },
    )
  }
}

async function makeAuthority(machine: Machine, scratch: string): Promise<Authority> {
  const { run } = machine
  const [key, config, certificate] = ['ca.key', 'ca.cnf', 'ca.crt'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(
    config,
    `[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = llmbasedos CA ${randomBytes(4).toString('hex')}
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`,
  )
  await makeKey(key)
  await run(OPENSSL, [
    ...['req', '-x509', '-new', '-sha256', '-config', config, '-key', key, '-out', certificate],
    ...['-days', String(AUTHORITY_DAYS), '-set_serial', serial()],
  ])
  const made = { key: await readFile(key, 'utf8'), pem: await readFile(certificate, 'utf8') }
  await mkdir(join(machine.state, 'ca'), { recursive: true, mode: 0o700 })
  // The certificate last: without it there is no authority.
  await replaceFile(keyFile(machine), await seal(machine, KEY_NAME, made.key), 0o600)
  await replaceFile(authorityFile(machine), made.pem, 0o644)
  return made
}

async function sign(
  machine: Machine,
  authority: Authority,
  names: readonly string[],
  days: number,
  scratch: string,
): Promise<Authority> {
  const { run } = machine
  const at = (name: string) => join(scratch, name)
  await writeFile(at('ca.key'), authority.key, { mode: 0o600 })
  await writeFile(at('ca.crt'), authority.pem)
  await writeFile(
    at('server.cnf'),
    `[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = llmbasedos gateway
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(', ')}
`,
  )
  await makeKey(at('server.key'))
  await run(OPENSSL, [
    ...['req', '-x509', '-new', '-sha256', '-config', at('server.cnf'), '-key', at('server.key')],
    ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-out', at('server.crt')],
    ...['-days', String(days), '-set_serial', serial()],
  ])
  return { key: await readFile(at('server.key'), 'utf8'), pem: await readFile(at('server.crt'), 'utf8') }
}

async function makeKey(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}

/** Above zero, and of 127 bits at most. */
const serial = () => `0x01${randomBytes(15).toString('hex')}`

const expiryOf = (pem: string): number => new X509Certificate(pem).validToDate.getTime()
const isoExpiry = (pem: string): string => new Date(expiryOf(pem)).toISOString()

const namesOf = (pem: string): string[] =>
  (new X509Certificate(pem).subjectAltName ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''))
