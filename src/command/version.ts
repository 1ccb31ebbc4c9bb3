import { VERSION } from '../protocol/version.ts'

/** What this program says it is. */
export const PRODUCT = { name: 'luca', version: VERSION } as const
