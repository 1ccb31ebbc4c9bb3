/** The parts of a message, as its server lists them (RFC 9051, section 7.5.2: BODYSTRUCTURE). */
import type { MessageStructureObject } from 'imapflow'
import type { Part } from './client.ts'
import { fileName, headingOf, ownCopy } from './heading.ts'

/** Parts of one message; more have no use for people. */
const MAX_PARTS = 500
/** How deep parts are looked for. */
const MAX_DEPTH = 100
/** Of what says how a part is to be read, in characters. */
const MAX_PARAMETER = 100
const PARAMETERS = ['format', 'delsp', 'smime-type', 'method']
/** Parts that say who has written the others, and are attached by nobody. */
const SIGNATURE = /^application\/(?:pgp-signature|(?:x-)?pkcs7-signature)$/

export const partsOf = (root: MessageStructureObject): Part[] => {
  const parts: Part[] = []
  for (const part of leavesOf(root, '', [])) if (parts.push(part) === MAX_PARTS) break
  return parts
}

function* leavesOf(node: MessageStructureObject, id: string, within: readonly string[]): Generator<Part> {
  if (within.length > MAX_DEPTH) return
  const { childNodes = [] } = node
  const type = parameter(node.type)
  if (type.startsWith('multipart/')) {
    const kind = type.slice('multipart/'.length)
    for (const [i, child] of childNodes.entries())
      yield* leavesOf(child, id === '' ? String(i + 1) : `${id}.${i + 1}`, [...within, kind])
    return
  }
  // A message that is one text has that as its first part.
  const own = id === '' ? '1' : id
  yield leaf(node, type, own, within)
  for (const inner of type === 'message/rfc822' ? childNodes : []) {
    const isOne = !inner.type.toLowerCase().startsWith('multipart/')
    yield* leavesOf(inner, isOne ? `${own}.1` : own, isOne ? [...within, 'rfc822'] : within)
  }
}

function leaf(node: MessageStructureObject, type: string, id: string, within: readonly string[]): Part {
  const { parameters = {}, encoding, size = 0, disposition, dispositionParameters, envelope } = node
  const name = dispositionParameters?.filename ?? parameters.name
  const isAttached = disposition?.toLowerCase() === 'attachment'
  const isPicture = type.startsWith('image/') && within.includes('related')
  const how = PARAMETERS.flatMap((key) => {
    const value = parameters[key]
    return value === undefined ? [] : [[key, parameter(value)] as const]
  })
  return {
    id,
    type,
    charset:
      parameters.charset === undefined ? undefined : ownCopy(parameters.charset.slice(0, MAX_PARAMETER)),
    encoding: parameter(encoding ?? '7bit'),
    size,
    fileName: name === undefined ? undefined : fileName(name),
    isAttachment: !SIGNATURE.test(type) && (isAttached || (name !== undefined && !isPicture)),
    ...(within.length > 0 && { within }),
    ...(how.length > 0 && { parameters: Object.fromEntries(how) }),
    ...(envelope && { message: headingOf(envelope) }),
  }
}

const parameter = (text: string): string => ownCopy(text.slice(0, MAX_PARAMETER)).toLowerCase()
