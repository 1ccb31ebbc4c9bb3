/** A certificate for tests, which stands for itself. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

/** `names` are as openssl(1) has them, such as `DNS:mail.test,IP:127.0.0.1`. */
export function certificateFor(names: string): { key: string; cert: string } {
  using folder = temporaryDirectory()
  const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')]
  const words = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test']
  execFileSync(
    'openssl',
    ['req', '-x509', ...words, '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}
