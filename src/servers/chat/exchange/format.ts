/** The JSON that a conversation is exported as. */
export const FORMAT = 'llmbasedos conversation'
export const VERSION = 1

export interface ExportedMessage {
  role: 'user' | 'assistant'
  text: string
  /** ISO 8601. */
  time: string
  /** Undefined for one that is whole. */
  state?: string
  model?: string
  calls?: {
    name: string
    arguments: string
    at: number
    result?: string
    isError?: true
    isCut?: true
    untrusted?: string
  }[]
  files?: { path: string; text: string }[]
  summary?: string
}
