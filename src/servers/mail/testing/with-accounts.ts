/** The server of mail in memory, with accounts at a real Dovecot. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Harness, type HarnessOptions, harness } from '../../../framework/harness.ts'
import { compileValidators } from '../../../framework/testing/compile-validators.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { CONSENT_REQUIRED, META, METHOD, type Result } from '../../../protocol/mcp.ts'
import type { Account } from '../accounts/account.ts'
import { server } from '../server.ts'
import type { Dovecot } from './dovecot.ts'

export interface WithAccounts extends AsyncDisposable {
  readonly running: Harness
  /** What the secrets are; a test changes them. */
  readonly secrets: Record<string, string>
  /** Structured content of what a tool gives; throws its words where it fails. */
  ask<T>(name: string, args?: Record<string, unknown>): Promise<T>
  /** What a model reads of it. */
  words(name: string, args?: Record<string, unknown>): Promise<string>
  /** The same of a tool that asks for consent, which is given. `what` is what it would do. */
  agree<T>(name: string, args?: Record<string, unknown>): Promise<T & { what: string }>
  /** Adds an account, and agrees to that. */
  add(account: Account): Promise<void>
}

export const accountAt = (
  { imaps, ca }: Dovecot,
  user: string,
  other: Partial<Account['imap']> = {},
): Account => ({
  id: user,
  email: `${user}@example.org`,
  imap: {
    host: 'localhost',
    port: imaps,
    security: 'tls',
    user,
    pin: new X509Certificate(ca).fingerprint256,
    ...other,
  },
})

/** Passwords are given as secrets by the names of accounts; `settings` are more lines of mail.yaml. */
export async function withAccounts(
  accounts: readonly Account[],
  {
    secrets = passwordsOf(accounts),
    settings = '',
    ...options
  }: HarnessOptions & { /** More lines of `mail.yaml`. */ settings?: string } = {},
): Promise<WithAccounts> {
  const folder = temporaryDirectory()
  writeFileSync(join(folder.path, 'mail.yaml'), `hosts: [localhost, 127.0.0.1]\n${settings}`)
  const running = await harness(server, compileValidators(server), {
    directories: { configuration: folder.path },
    secrets,
    ...options,
  })
  const call = async <T>(name: string, args: Record<string, unknown>, agreed?: unknown) => {
    const result = (await running.connection.request(METHOD.callTool, {
      name,
      arguments: args,
      ...(agreed !== undefined && { _meta: { [META.agreed]: agreed } }),
    })) as Result & { structuredContent: T; content: { text: string }[]; what: string; state: string }
    if (result.isError) throw new Error(result.content.map(({ text }) => text).join('\n'))
    return result
  }
  const ask = async <T>(name: string, args: Record<string, unknown> = {}): Promise<T> => {
    const { resultType, what, structuredContent } = await call<T>(name, args)
    if (resultType === CONSENT_REQUIRED) throw new Error(`consent is needed to ${what}`)
    return structuredContent
  }
  const agree = async <T>(
    name: string,
    args: Record<string, unknown> = {},
  ): Promise<T & { what: string }> => {
    const { resultType, what, state } = await call<T>(name, args)
    assert.equal(resultType, CONSENT_REQUIRED, `${name} asks`)
    return { ...(await call<T>(name, args, state)).structuredContent, what }
  }
  const add = async (account: Account): Promise<void> => {
    const { resultType, state } = await call('add_account', { ...account })
    if (resultType === CONSENT_REQUIRED) await call('add_account', { ...account }, state)
  }
  for (const account of accounts) await add(account)
  return {
    running,
    secrets,
    ask,
    words: async (name, args = {}) => (await call(name, args)).content.map(({ text }) => text).join('\n'),
    agree,
    add,
    async [Symbol.asyncDispose]() {
      await running.close()
      folder[Symbol.dispose]()
    },
  }
}

const passwordsOf = (accounts: readonly Account[]): Record<string, string> =>
  Object.fromEntries(accounts.map(({ id }) => [id, 'secret']))
