/**
 * The certificate that the gateway shows, signed by a CA of this machine's own: devices trust that once, and
 * the certificate can be made anew as often as names change. openssl(1) signs both.
 */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { ParamsOf } from '../contracts/admin-helper.ts'
import type { CertificateInfo } from '../contracts/admin-results.ts'
import { MAX_CERTIFICATE_DAYS } from '../contracts/admin-rules.ts'
import { TLS_CREDENTIAL } from '../contracts/secret-files.ts'
import { readFileBounded } from '../host/bounded-file.ts'
import { certificateNames } from '../host/certificate-names.ts'
import { EARLIEST } from '../host/clock.ts'
import { CHOSEN_NAMES, canonicalHost, LOOPBACK, ownNames } from '../host/reached-as.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { replaceFile } from './files.ts'
import type { Machine } from './machine.ts'
import { hasSecret, keepSecret, seal, unseal } from './secrets.ts'

const OPENSSL = '/usr/bin/openssl'
const AUTHORITY_DAYS = 3650
const DAY_MS = 86_400_000
/** A certificate begins so long before it was made: the clocks of devices differ, and the machine's may have been ahead. */
const HEAD_START_MS = DAY_MS
/** How long before its end a certificate is made anew, in days. */
const RENEW_DAYS = 30
const MAX_BYTES = 64 * 1024
/** The name that the CA's key is sealed under. */
const KEY_NAME = 'ca.key'
const TLS = { server: 'gateway', user: null, name: TLS_CREDENTIAL }

/** All users may read these. */
const caFile = ({ state }: Machine) => join(state, 'ca.crt')
const certificateFile = ({ state }: Machine) => join(state, 'gateway.crt')
const chosenFile = ({ state }: Machine) => join(state, CHOSEN_NAMES)
/** Sealed, and apart from the secrets, so that no unit can be given it by a pattern of names. */
const keyFile = ({ state }: Machine) => join(state, 'ca', KEY_NAME)

interface CertificateAuthority {
  key: string
  pem: string
}

/** Makes the gateway's certificate, and the CA if there is none; the gateway shows it from now on. */
export async function makeCertificate(
  { names = [], days }: ParamsOf<'certificate/make'>,
  machine: Machine,
): Promise<CertificateInfo> {
  await replaceFile(chosenFile(machine), names.map((name) => `${name}\n`).join(''), 0o644)
  await giveToGateway(machine, await issue(machine, days))
  return showCertificate({}, machine)
}

/**
 * Makes one where it or its key is missing, where it does not hold now or ends soon, or where it is for other names and
 * addresses than this machine has.
 */
export async function renewCertificate(
  _: ParamsOf<'certificate/renew'>,
  machine: Machine,
): Promise<CertificateInfo> {
  if (!(await certificateServes(machine))) await giveToGateway(machine, await issue(machine))
  return showCertificate({}, machine)
}

/** The same before the gateway and the network start: addresses of an earlier start are probably those of the next. */
export async function ensureCertificate(machine: Machine): Promise<void> {
  if (!(await certificateServes(machine, { exactly: false }))) await keep(machine, await issue(machine))
}

/** What the gateway is given: a key, its certificate, and that of the CA. */
interface Issued {
  bundle: string
  certificate: string
}

async function issue(machine: Machine, days = MAX_CERTIFICATE_DAYS): Promise<Issued> {
  await mkdir(machine.scratch, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(machine.scratch, 'certificate-'))
  try {
    const ca = (await readCa(machine)) ?? (await makeCa(machine, scratch))
    const now = machine.now()
    const begin = now - HEAD_START_MS
    const last = new X509Certificate(ca.pem).validToDate.getTime()
    if (last - now < DAY_MS)
      throw new RpcError('INTERNAL', `The CA has expired; move ${caFile(machine)} away for a new one.`)
    const end = Math.min(now + days * DAY_MS, begin + MAX_CERTIFICATE_DAYS * DAY_MS, last)
    const made = await sign(machine, ca, await wantedNames(machine), { begin, end }, scratch)
    // The CA is no secret, but so the gateway, which sees no file of this machine, can give it to those who ask.
    const issued = { bundle: made.key + made.pem + ca.pem, certificate: made.pem }
    await keepSecret(machine, TLS, issued.bundle)
    return issued
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Without what the gateway cut off: it takes what was sealed when it starts, and this while it runs. */
async function giveToGateway(machine: Machine, issued: Issued): Promise<void> {
  await machine.giveToGateway(issued.bundle)
  await keep(machine, issued)
}

/** The last step: until then it is made anew the next time. */
const keep = (machine: Machine, { certificate }: Issued): Promise<void> =>
  replaceFile(certificateFile(machine), certificate, 0o644)

/** Whether the certificate that there is can stay. It may be for more than this machine has, where it need not be exact. */
export async function certificateServes(machine: Machine, { exactly = true } = {}): Promise<boolean> {
  const [own, ca] = await Promise.all([
    certificateAt(certificateFile(machine)),
    certificateAt(caFile(machine)),
  ])
  if (!own || !ca || !(await hasSecret(machine, TLS))) return false
  const now = machine.now()
  if (own.validFromDate.getTime() > now || own.validToDate.getTime() - now < RENEW_DAYS * DAY_MS) return false
  if (!own.verify(ca.publicKey)) return false
  const has = certificateNames(own)
  const wanted = await wantedNames(machine)
  return wanted.every((name) => has.includes(name)) && (!exactly || has.length === wanted.length)
}

/** All names and addresses that this machine is reached by, and those that were chosen. */
async function wantedNames(machine: Machine): Promise<string[]> {
  const chosen = (await readFileBounded(chosenFile(machine), MAX_BYTES))?.split('\n') ?? []
  return [
    ...new Set([
      ...ownNames(machine.hostname()),
      ...machine.addresses(),
      ...LOOPBACK,
      ...chosen.filter((name) => name !== '').map(canonicalHost),
    ]),
  ]
}

export async function showCertificate(
  _: ParamsOf<'certificate/show'>,
  machine: Machine,
): Promise<CertificateInfo> {
  const own = await certificateAt(certificateFile(machine))
  const ca = await certificateAt(caFile(machine))
  return {
    certificate: own ? { names: certificateNames(own), expiresAt: own.validToDate.toISOString() } : null,
    ca: ca
      ? {
          fingerprint: ca.fingerprint256,
          expiresAt: ca.validToDate.toISOString(),
          pem: ca.toString(),
        }
      : null,
  }
}

/** Undefined where there is none, or none that can be read. */
async function certificateAt(path: string): Promise<X509Certificate | undefined> {
  const pem = await readFileBounded(path, MAX_BYTES)
  try {
    return pem === undefined ? undefined : new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** The CA; undefined before it was made. Throws where only its certificate is there: devices trust that. */
async function readCa(machine: Machine): Promise<CertificateAuthority | undefined> {
  const pem = await readFileBounded(caFile(machine), MAX_BYTES)
  if (pem === undefined) return undefined
  try {
    return { pem, key: await unseal(machine, KEY_NAME, keyFile(machine)) }
  } catch (cause) {
    const why = cause instanceof RpcError ? ` (${cause.message})` : ''
    throw new RpcError(
      'INTERNAL',
      `The key of the CA can't be read${why}. Move ${caFile(machine)} away for a new CA, which every device must then trust anew.`,
      { cause },
    )
  }
}

async function makeCa(machine: Machine, scratch: string): Promise<CertificateAuthority> {
  const key = join(scratch, 'ca.key')
  await makeKey(key)
  const pem = await openssl(machine, scratch, 'ca', {
    subject: `llmbasedos CA ${randomBytes(4).toString('hex')}`,
    extensions: `basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`,
    // Devices keep it, so no clock that is right may find it not yet valid, whatever this machine's shows now.
    begin: EARLIEST,
    end: Math.max(machine.now(), EARLIEST) + AUTHORITY_DAYS * DAY_MS,
    signer: ['-selfsign', '-keyfile', key],
  })
  const made = { key: await readFile(key, 'utf8'), pem }
  await mkdir(join(machine.state, 'ca'), { recursive: true, mode: 0o700 })
  // The certificate last: without it there is no CA.
  await replaceFile(keyFile(machine), await seal(machine, KEY_NAME, made.key), 0o600)
  await replaceFile(caFile(machine), made.pem, 0o644)
  return made
}

async function sign(
  machine: Machine,
  ca: CertificateAuthority,
  names: readonly string[],
  when: { begin: number; end: number },
  scratch: string,
): Promise<CertificateAuthority> {
  const at = (name: string) => join(scratch, name)
  await writeFile(at('ca.key'), ca.key, { mode: 0o600 })
  await writeFile(at('ca.crt'), ca.pem)
  await makeKey(at('server.key'))
  const pem = await openssl(machine, scratch, 'server', {
    subject: 'llmbasedos gateway',
    extensions: `basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(', ')}
`,
    ...when,
    signer: ['-cert', at('ca.crt'), '-keyfile', at('ca.key')],
  })
  return { key: await readFile(at('server.key'), 'utf8'), pem }
}

interface Signed {
  subject: string
  extensions: string
  /** Both in milliseconds since the epoch. */
  begin: number
  end: number
  /** The arguments of openssl that name the signer. */
  signer: readonly string[]
}

/** Has the key of that name in the folder certified: openssl-ca(1) alone lets a certificate begin in the past. */
async function openssl(
  { run }: Machine,
  scratch: string,
  name: string,
  { subject, extensions, begin, end, signer }: Signed,
): Promise<string> {
  const at = (ending: string) => join(scratch, `${name}.${ending}`)
  await writeFile(at('index'), '')
  await writeFile(
    at('cnf'),
    `[req]
distinguished_name = subject
prompt = no
[subject]
CN = ${subject}
[ca]
default_ca = own
[own]
database = ${at('index')}
new_certs_dir = ${scratch}
rand_serial = yes
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
${extensions}`,
  )
  await run(OPENSSL, ['req', '-new', '-config', at('cnf'), '-key', at('key'), '-out', at('csr')])
  await run(OPENSSL, [
    ...['ca', '-batch', '-notext', '-config', at('cnf'), '-in', at('csr'), '-out', at('crt')],
    ...['-startdate', asn1Time(begin), '-enddate', asn1Time(end), ...signer],
  ])
  return readFile(at('crt'), 'utf8')
}

/** As openssl takes it, such as 20260101000000Z. */
const asn1Time = (time: number) => new Date(time).toISOString().replace(/[-:T]|\.\d+/g, '')

async function makeKey(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}
