import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider, type Configuration, type JWK } from 'oidc-provider'

/** A real OpenID Connect issuer on this machine, at which everybody signs in without being asked. */
export interface TestIssuer {
  readonly url: string
  /** Who signs in next, and what the issuer says of them. */
  person: Person
  /** Sends everybody back with `access_denied`. */
  denies: boolean
  /** Cuts off whoever asks. */
  isDown: boolean
  /** What becomes of the address at which a browser is sent back. */
  sendBack: (url: URL) => void
  /** Goes on with other keys, and none of those before. */
  turnKeys(): Promise<void>
  close(): Promise<void>
}

export interface Person {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
  groups?: string[]
}

export interface TestIssuerOptions {
  redirectUri: string
  /** Each gets this secret. */
  clientIds: readonly string[]
  secret: string
}

export const startIssuer = async (options: TestIssuerOptions): Promise<TestIssuer> => {
  let answer: RequestListener = () => {}
  const server: Server = createServer((request, response) =>
    issuer.isDown ? request.destroy() : answer(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: TestIssuer = {
    url,
    person: { sub: 'nobody' },
    denies: false,
    isDown: false,
    sendBack: () => {},
    turnKeys: async () => {
      answer = listenerOf(createProvider(url, options, issuer))
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await issuer.turnKeys()
  return issuer
}

const listenerOf = (provider: Provider): RequestListener => {
  const answer = provider.callback()
  return (request, response) => void answer(request, response)
}

const createProvider = (
  url: string,
  { redirectUri, clientIds, secret }: TestIssuerOptions,
  issuer: TestIssuer,
): Provider => {
  const configuration: Configuration = {
    clients: clientIds.map((client_id) => ({
      client_id,
      client_secret: secret,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [new URL('/', redirectUri).href],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })),
    jwks: { keys: [newKey()] },
    cookies: { keys: [randomUUID()] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'groups'],
    },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...issuer.person, sub }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
    ttl: { Interaction: 60, Session: 60, Grant: 60, AccessToken: 60, IdToken: 600 },
  }
  const provider = new Provider(url, configuration)
  provider.use(async (context, next) => {
    if (!context.path.startsWith('/interaction/')) {
      await next()
      const location = context.response.headers['location'] ?? ''
      if (typeof location !== 'string' || !location.startsWith(redirectUri)) return
      const back = new URL(location)
      issuer.sendBack(back)
      context.set('location', back.href)
      return
    }
    const result = issuer.denies
      ? { error: 'access_denied', error_description: 'secret words of the issuer' }
      : { login: { accountId: issuer.person.sub, remember: false } }
    await provider.interactionFinished(context.req, context.res, result)
    context.respond = false
  })
  return provider
}

const newKey = (): JWK => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: randomUUID(), use: 'sig' }
}
