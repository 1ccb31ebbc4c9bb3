/** Passwords as the system keeps them: crypt(3). */
import { systemLibrary } from './system-library.ts'

/** yescrypt, at the strength that the library thinks right. */
const METHOD = '$y$'

const native = systemLibrary(
  (libcrypt) => ({
    // As libxcrypt: with no random bytes given, it asks the kernel for them.
    gensalt: libcrypt.func(
      'const char *crypt_gensalt(const char *prefix, unsigned long count, const void *random, int length)',
    ),
    crypt: libcrypt.func('const char *crypt(const char *phrase, const char *setting)'),
  }),
  'libcrypt.so.1',
)

/** The password's hash with a salt of its own. Throws where the library can't make one. */
export function hashPassword(password: string): string {
  const { gensalt, crypt } = native()
  const hash = crypt(password, gensalt(METHOD, 0, null, 0)) as string | null
  // crypt(3) tells of a failure by a hash that begins so.
  if (!hash?.startsWith(METHOD)) throw new Error('libcrypt made no hash of the password.')
  return hash
}
