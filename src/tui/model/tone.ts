/** How what is said is meant. */
export type Tone = 'plain' | 'ok' | 'warning' | 'error'
