/**
 * What the secrets of the server of mail are called. That of an account with a password has the account's name; these have capital
 * letters, which no account's name has.
 */

/** What seals the tokens of an account that is signed in to. */
export const keySecretOf = (account: string): string => `Key-${account}`

/** The password for sending, of an account that has another one for that. */
export const smtpSecretOf = (account: string): string => `Smtp-${account}`

/** What the application is known by at a provider, where it has such a thing. */
export const clientSecretOf = (provider: string): string => `OAuth-${provider}`
