/** Bytes in texts. */
import { ToolError } from '../../../protocol/define.ts'

/** Lines and missing padding are fine. Throws a ToolError for what is no base64. */
export function fromBase64(content: string): Buffer {
  const digits = content.replace(/\s+/g, '')
  const unpadded = digits.replace(/={1,2}$/, '')
  const padded = unpadded.length < digits.length
  if (!/^[A-Za-z0-9+/]*$/.test(unpadded) || (padded ? digits.length % 4 !== 0 : digits.length % 4 === 1))
    throw new ToolError('The content is not base64; nothing was written.', { kind: 'invalid' })
  return Buffer.from(unpadded, 'base64')
}
