/** Who gives tokens for tests, on loopback: a code for a device, tokens for that, others for those, and what a server of mail asks about them. */
import { type TestServer, webServer } from '../../../host/outward/testing/server.ts'

/** What the next polls are answered with, in their order; a person has signed in where it is `user`. */
export type Poll = { error: string; error_description?: string } | { user: string }

export interface TestProvider extends AsyncDisposable {
  readonly url: string
  /** What it was asked, in its order. */
  readonly asked: { path: string; params: Record<string, string> }[]
  /** Answers of the polls to come. */
  readonly polls: Poll[]
  /** What each renewal is refused with; none is. */
  refuses: string | undefined
  /** Access tokens that were given, by whose they are; one that is deleted has expired. */
  readonly valid: Map<string, string>
  /** Whether a renewal gives another refresh token, and the former ends. */
  rotates: boolean
  /** Access tokens that it gives are of no use from the start. */
  isBroken: boolean
  /** How often one may ask, in seconds. */
  interval: number
  renewals(): number
  /** A refresh token from before. */
  knows(refreshToken: string, user: string): void
  /** As it was at first; tokens that it gave are of no use. */
  reset(): void
}

const AT_FIRST = { refuses: undefined, rotates: false, isBroken: false, interval: 5 }

export async function startProvider(): Promise<TestProvider> {
  const asked: TestProvider['asked'] = []
  const polls: Poll[] = []
  const valid = new Map<string, string>()
  const refresh = new Map<string, string>()
  let count = 0
  const given = (user: string) => {
    count++
    const [access, renewal] = [`access-${count}-${user}`, `refresh-${count}-${user}`]
    if (!provider.isBroken) valid.set(access, user)
    refresh.set(renewal, user)
    return { access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: renewal }
  }
  const token = ({ grant_type: grant, refresh_token: renewal = '' }: Record<string, string>): object => {
    if (grant !== 'refresh_token') {
      const poll = polls.shift() ?? { error: 'authorization_pending' }
      return 'user' in poll ? given(poll.user) : poll
    }
    const user = refresh.get(renewal)
    if (provider.refuses !== undefined || user === undefined)
      return {
        error: provider.refuses ?? 'invalid_grant',
        error_description: `The token ${renewal} is of no use.`,
      }
    if (!provider.rotates) {
      const { refresh_token: _, ...rest } = given(user)
      return rest
    }
    refresh.delete(renewal)
    return given(user)
  }
  const server: TestServer = await webServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    const params = Object.fromEntries([...url.searchParams, ...body])
    if (url.pathname !== '/introspect') asked.push({ path: url.pathname, params })
    const answers: Record<string, () => object> = {
      '/device': () => ({
        device_code: 'a-device',
        user_code: 'ABCD-EFGH',
        verification_uri: 'https://provider.example/device',
        expires_in: 900,
        interval: provider.interval,
      }),
      '/token': () => token(params),
      '/introspect': () => {
        const username = valid.get(params.token ?? '')
        return username === undefined ? { active: 'no' } : { active: 'yes', username }
      },
    }
    const answer = answers[url.pathname]?.()
    response.writeHead(answer && 'error' in answer ? 400 : answer ? 200 : 404, {
      'content-type': 'application/json',
    })
    response.end(JSON.stringify(answer ?? {}))
  })
  const provider: TestProvider = {
    ...AT_FIRST,
    url: `http://localhost:${server.port}`,
    asked,
    polls,
    valid,
    renewals: () => asked.filter(({ params }) => params.grant_type === 'refresh_token').length,
    knows: (token, user) => refresh.set(token, user),
    reset() {
      Object.assign(provider, AT_FIRST)
      asked.length = polls.length = count = 0
      valid.clear()
      refresh.clear()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return provider
}
