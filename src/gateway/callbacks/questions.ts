/** Several questions of calls within one, as what a client is asked at once: forms become one form, each part answered by itself. */
import type { InputRequest, InputRequests, InputResponses } from '../../protocol/mcp.ts'
import { isRecord, put } from '../../protocol/values.ts'

type Form = Extract<InputRequest, { method: 'elicitation/create' }>
type Answer = Record<string, unknown>

/** Where an answer belongs. */
interface Place<Q> {
  question: Q
  key: string
  /** Of a form that is part of another: what stands before the names of its fields. */
  prefix?: string
}

export interface Asked<Q> {
  inputRequests: InputRequests
  /** The answers that are there, each with its place. */
  answersIn(responses: unknown): { question: Q; key: string; answer: Answer }[]
}

/** The key of a form that was made of several. */
const TOGETHER = 'questions'

/** What is asked, of one question as it is. */
export function asked<Q extends { requests: InputRequests }>(questions: readonly Q[]): Asked<Q> {
  const places = new Map<string, Place<Q>[]>()
  const inputRequests: Record<string, InputRequest> = {}
  const all = questions.flatMap((question) =>
    Object.entries(question.requests).map(([key, request]) => ({ question, key, request })),
  )
  const isAlone = questions.length === 1
  const forms = isAlone ? [] : all.filter(({ request }) => isForm(request))
  const rest = forms.length > 1 ? all.filter(({ request }) => !isForm(request)) : all
  for (const [n, { question, key, request }] of rest.entries()) {
    const name = isAlone ? key : `${n + 1}_${key}`
    put(inputRequests, name, request)
    places.set(name, [{ question, key }])
  }
  if (forms.length > 1) {
    inputRequests[TOGETHER] = oneForm(forms.map(({ request }) => request as Form))
    places.set(
      TOGETHER,
      forms.map(({ question, key }, n) => ({ question, key, prefix: prefixOf(n) })),
    )
  }
  return {
    inputRequests,
    answersIn(responses) {
      const given = isRecord(responses) ? (responses as InputResponses) : {}
      return [...places].flatMap(([name, of]) => {
        const answer = Object.hasOwn(given, name) ? given[name] : undefined
        if (!isRecord(answer)) return []
        return of.map(({ question, key, prefix }) => ({
          question,
          key,
          answer: prefix === undefined ? answer : partOf(answer, prefix),
        }))
      })
    },
  }
}

const prefixOf = (n: number): string => `${n + 1}_`

const isForm = (request: InputRequest): request is Form =>
  request.method === 'elicitation/create' &&
  (request.params.mode ?? 'form') === 'form' &&
  isRecord(request.params.requestedSchema) &&
  isRecord(request.params.requestedSchema.properties)

/** A form with the fields of all, numbered as their texts are. */
function oneForm(forms: readonly Form[]): Form {
  const properties: Record<string, unknown> = {}
  const required: string[] = []
  const messages = forms.map(({ params: { message, requestedSchema } }, n) => {
    const { properties: own = {}, required: needed = [] } = requestedSchema as Record<string, unknown>
    for (const [name, field] of Object.entries(own as object)) {
      const title = isRecord(field) && typeof field.title === 'string' ? field.title : name
      properties[prefixOf(n) + name] = { ...field, title: `${n + 1}. ${title}` }
    }
    for (const name of Array.isArray(needed) ? needed : []) required.push(prefixOf(n) + name)
    return `${n + 1}. ${message}`
  })
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message: messages.join('\n\n'),
      requestedSchema: { type: 'object', properties, ...(required.length === 0 ? {} : { required }) },
    },
  }
}

/** What of the answer to a form made of several is that to one of them. */
function partOf(answer: Answer, prefix: string): Answer {
  if (!isRecord(answer.content)) return answer
  const own = Object.entries(answer.content).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  )
  return { ...answer, content: Object.fromEntries(own) }
}
