/** What a person can do where a server of mail is not reached, or is not who it should be. One sentence each. */
import type { OutwardError } from '../../../host/outward/outward.ts'
import type { ServerAddress } from '../accounts/account.ts'

type Asked = Pick<ServerAddress, 'host' | 'security'>

/** The failure with the next step, where there is one besides what it says itself. */
export function advised(error: OutwardError, asked: Asked): string {
  const step = stepFor(error, asked)
  return step === undefined ? error.message : `${error.message} ${step}`
}

const NO_NETWORK = 'This machine may have no network now; it is tried again later.'

function stepFor(error: OutwardError, { security }: Asked): string | undefined {
  const code = codeOf(error)
  switch (error.failure) {
    case 'unresolved':
      return code === 'ENOTFOUND' || code === 'ENODATA'
        ? 'Check its name; --host of "luca mail add" sets another.'
        : NO_NETWORK
    case 'timeout':
      return 'It may be down, or a firewall in between; --port of "luca mail add" sets another port.'
    case 'unreachable':
      if (code === 'ECONNREFUSED')
        return 'Nothing answers at that port: check --host and --port of "luca mail add", and whether IMAP is turned on there.'
      if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'ENETDOWN') return NO_NETWORK
      if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
        return security === 'tls'
          ? 'It may want STARTTLS: --starttls of "luca mail add".'
          : 'Its TLS is of a kind that is not spoken here.'
      return undefined
    default:
      return undefined
  }
}

/** Why a certificate is not taken, in words. */
export function certificateProblem(error: OutwardError, host: string): string {
  const code = codeOf(error)
  const sentence = (why: string) => `The certificate of ${host} ${why}, so nothing was sent (${code}).`
  if (code === 'CERT_HAS_EXPIRED')
    return `${sentence('has expired')} Whoever runs it has to renew it; it is tried again later.`
  if (code === 'CERT_NOT_YET_VALID')
    return `${sentence('is not valid yet')} The clock of this machine may be wrong.`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return `${sentence('is for another name')} Use the name that its provider gives, with --host of "luca mail add".`
  if (/SELF_SIGNED|UNABLE_TO_/.test(code)) return sentence('is signed by nobody whom this machine trusts')
  return error.message
}

const codeOf = ({ cause }: OutwardError): string => {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : ''
}
