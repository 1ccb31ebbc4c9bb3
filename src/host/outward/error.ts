/** What goes wrong on the way out, in words for people. */
export type OutwardFailure =
  /** Not an address that can be asked: its scheme, its host, its port, or a password in it. */
  | 'bad_address'
  /** It leads where servers may not go unless the owner names the host. */
  | 'refused'
  /** The answer points elsewhere, and is not followed. */
  | 'bad_redirect'
  /** The name is not known, or no name server answered. */
  | 'unresolved'
  | 'unreachable'
  /** Its certificate is none that this machine trusts. */
  | 'untrusted'
  | 'timeout'
  | 'too_large'
  /** What came is no answer, or ended half-way. */
  | 'broken_answer'

/** A failure that a server may pass on as it is: it names hosts and ports, and nothing else of an address. */
export class OutwardError extends Error {
  override readonly name = 'OutwardError'
  readonly failure: OutwardFailure
  constructor(failure: OutwardFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

/** What Node threw about a host, as one of the failures above. */
export function outwardError(thrown: unknown, place: string): OutwardError {
  if (thrown instanceof OutwardError) return thrown
  const code = String((thrown as NodeJS.ErrnoException | null)?.code ?? '')
  const fails = (failure: OutwardFailure, sentence: string) =>
    new OutwardError(failure, sentence, { cause: thrown })
  if (code === 'HPE_HEADER_OVERFLOW')
    return fails('too_large', `${place} sends more headers than are read, and was stopped.`)
  if (code.startsWith('HPE_')) return fails('broken_answer', `What ${place} sends is not HTTP.`)
  if (isAboutTrust(code))
    return fails(
      'untrusted',
      `The certificate of ${place} is not trusted by this machine (${code}); nothing was sent.`,
    )
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return fails('unreachable', `${place} can't be spoken to by TLS (${code}).`)
  return fails('unreachable', `${place} can't be reached${code === '' ? '' : ` (${code})`}.`)
}

/** Codes of OpenSSL's verification (X509_V_ERR_*), and Node's own of names that do not fit. */
const isAboutTrust = (code: string): boolean =>
  /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH_)/.test(
    code,
  )
