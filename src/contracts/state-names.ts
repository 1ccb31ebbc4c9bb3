/**
 * What the state folder of the image holds beside a folder for each server. Nothing else may be called so: what is kept of
 * a server is wiped with it, and what is kept for a user with the user.
 */
export const STATE_NAMES: ReadonlySet<string> = new Set([
  'boot-problems',
  'ca',
  'ca.crt',
  'caps',
  'certificate-names',
  'credstore.encrypted',
  'gateway',
  'gateway.crt',
  'hostname',
  'keyboard',
  'locality.json',
  'models',
  'next-uid',
  'programs',
  'servers',
  'ssh',
  'userdb',
  'wifi',
])
