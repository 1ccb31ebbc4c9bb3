/** What this program says it is. */
export const PRODUCT = { name: 'luca', version: '0.1.0' } as const
