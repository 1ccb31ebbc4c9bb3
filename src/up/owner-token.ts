/** The token that `luca up` prints: made on the first start, and kept for the next ones. */
import { join } from 'node:path'
import { ADMIN, type TokenCreated, type TokenInfo } from '../command/admin.ts'
import type { GatewayLink } from '../command/link.ts'
import { readFileBoundedSync } from '../host/bounded-file.ts'
import { writeFileAtomic } from '../host/write-file-atomic.ts'

const NAME = 'luca up'

/** Gives a token of the owner that the gateway accepts now. Those of others may have the same name. */
export async function ownerToken(
  link: Pick<GatewayLink, 'ask'>,
  state: string,
  owner: string,
): Promise<string> {
  const paths = { token: join(state, 'owner.token'), id: join(state, 'owner.token-id') }
  const { tokens } = await link.ask<{ tokens: TokenInfo[] }>(ADMIN.listTokens)
  const known = tokens.find(({ name, user }) => name === NAME && user === owner)
  if (known && !isExpired(known) && read(paths.id) === known.id) {
    const kept = read(paths.token)
    if (kept) return kept
  }
  if (known) await link.ask(ADMIN.revokeToken, { token: known.id })
  const { token, id } = await link.ask<TokenCreated>(ADMIN.createToken, { name: NAME })
  writeFileAtomic(paths.token, `${token}\n`, 0o600)
  writeFileAtomic(paths.id, `${id}\n`, 0o600)
  return token
}

const isExpired = ({ expiresAt }: TokenInfo): boolean =>
  expiresAt !== null && new Date(expiresAt).getTime() <= Date.now()

const MAX_BYTES = 1024

const read = (path: string): string | undefined => readFileBoundedSync(path, MAX_BYTES)?.trim()
