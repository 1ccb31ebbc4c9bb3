/**
 * The request state that goes to the client between rounds and is returned: encrypted and authenticated, bound
 * to the caller and to the request it belongs to, and good for a short time only.
 */
import { nodeCrypto } from '../host/lazy.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { InputResponses } from '../protocol/mcp.ts'
import { canonicalJson } from '../protocol/values.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
export const STATE_LIFETIME_MS = 10 * 60_000

interface Content {
  expires: number
  answers: InputResponses
}

/** What a state belongs to; it opens for exactly the same again. */
export interface StateOwner {
  server: string
  caller: string | undefined
  method: string
  /** The parameters that make the request what it is. */
  params: unknown
}

export interface StateSeal {
  seal(answers: InputResponses, owner: StateOwner): string
  /** The answers inside. Throws the same INVALID_PARAMS whatever is wrong, so that nothing can be learnt by trying. */
  open(state: unknown, owner: StateOwner): InputResponses
}

/** `key` is asked for on every use, so that one that is never needed is never made. */
export const stateSeal = (key: () => Buffer, now: () => number = Date.now): StateSeal => ({
  seal(answers, owner) {
    const iv = nodeCrypto().randomBytes(IV_BYTES)
    const cipher = nodeCrypto().createCipheriv(CIPHER, key(), iv)
    cipher.setAAD(binding(owner))
    const content: Content = { expires: now() + STATE_LIFETIME_MS, answers }
    const sealed = [cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url')
  },
  open(state, owner) {
    const content = decrypted(state, owner, key)
    if (content === undefined || content.expires <= now())
      throw new RpcError(
        'INVALID_PARAMS',
        'This requestState is not valid, or no longer; start the call again without it.',
      )
    return content.answers
  },
})

function decrypted(state: unknown, owner: StateOwner, key: () => Buffer): Content | undefined {
  if (typeof state !== 'string') return undefined
  const bytes = Buffer.from(state, 'base64url')
  // The decoder overlooks foreign characters and spare bits; a state has one spelling.
  if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== state) return undefined
  const decipher = nodeCrypto().createDecipheriv(CIPHER, key(), bytes.subarray(0, IV_BYTES))
  decipher.setAAD(binding(owner))
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}

const binding = (owner: StateOwner): Buffer => Buffer.from(canonicalJson(owner))
