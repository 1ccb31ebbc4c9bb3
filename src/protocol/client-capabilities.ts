/** What a client must have declared before it can be asked something. */
import { CAPABILITY_OF_INPUT, type ClientCapabilities, type InputRequest } from './mcp.ts'
import { isRecord } from './values.ts'

/** The capabilities that this request needs and the client lacks, as `data.requiredCapabilities` lists them. */
export function missingCapability(
  request: InputRequest,
  declared: ClientCapabilities,
): ClientCapabilities | undefined {
  const name = CAPABILITY_OF_INPUT[request.method]
  const capability: unknown = declared[name]
  const part = neededPart(request)
  const needed = { [name]: part === undefined ? {} : { [part]: {} } }
  if (!isRecord(capability)) return needed
  if (part !== undefined) return isRecord(capability[part]) ? undefined : needed
  // An elicitation capability that names no mode means forms; one that names only URLs excludes them.
  const urlOnly = name === 'elicitation' && isRecord(capability.url) && !isRecord(capability.form)
  return urlOnly ? { elicitation: { form: {} } } : undefined
}

/** The part of a capability that a request needs beyond its plain form. */
function neededPart(request: InputRequest): 'url' | 'tools' | undefined {
  if (request.method === 'elicitation/create' && request.params.mode === 'url') return 'url'
  if (request.method === 'sampling/createMessage' && request.params.tools !== undefined) return 'tools'
  return undefined
}
