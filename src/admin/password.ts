/** Passwords as the system keeps them: crypt(3). */
import { createRequire } from 'node:module'

/** yescrypt, at the strength that the library thinks right. */
const METHOD = '$y$'

let native: ((password: string) => string | null) | undefined

/** The password's hash with a salt of its own. Throws where the library can't make one. */
export function hashPassword(password: string): string {
  native ??= loadNative()
  const hash = native(password)
  // crypt(3) tells of a failure by a hash that begins so.
  if (!hash?.startsWith(METHOD)) throw new Error('libcrypt made no hash of the password.')
  return hash
}

function loadNative(): NonNullable<typeof native> {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  const library = koffi.load('libcrypt.so.1')
  // As libxcrypt: with no random bytes given, it asks the kernel for them.
  const gensalt = library.func(
    'const char *crypt_gensalt(const char *prefix, unsigned long count, const void *random, int length)',
  )
  const crypt = library.func('const char *crypt(const char *phrase, const char *setting)')
  return (password) => crypt(password, gensalt(METHOD, 0, null, 0)) as string | null
}
