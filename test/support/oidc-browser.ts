import type { Identity } from '@cadre/contract'
import type { RunningCadre } from './start-cadre.ts'
import type { TestIssuer } from './oidc-issuer.ts'

/** Where Cadre is for people; the browser finds it at its real address. */
export const PUBLIC_URL = 'http://cadre.example'
export const CALLBACK = `${PUBLIC_URL}/api/v1/auth/oidc/callback`

/** A browser that follows redirects between Cadre and an issuer, with the cookies of each. */
export const openOidcBrowser = (cadre: RunningCadre, issuer: TestIssuer) => {
  const jars = { cadre: new Map<string, string>(), issuer: new Map<string, string>() }
  const get = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const jar = url.startsWith(issuer.url) ? jars.issuer : jars.cadre
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url.replace(PUBLIC_URL, cadre.url), {
      redirect: 'manual',
      ...init,
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  /** Follows redirects as far as the issuer goes; answers where it sends the browser back to. */
  const atIssuer = async (url: string): Promise<string> => {
    let next = url
    for (let hop = 0; next.startsWith(issuer.url); hop++) {
      if (hop > 10) throw new Error('The issuer leads in a circle.')
      const response = await get(next)
      const location = response.headers.get('location')
      if (location === null)
        throw new Error(`The issuer answers ${response.status}: ${await response.text()}`)
      next = new URL(location, next).href
    }
    return next
  }
  return {
    get,
    atIssuer,
    cookies: jars.cadre,
    /** The address at the issuer to which Cadre sends the browser. */
    start: async (returnTo?: string): Promise<string> => {
      const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
      const response = await get(`${PUBLIC_URL}/api/v1/auth/oidc/start${query}`)
      return response.headers.get('location') ?? `${response.status}`
    },
    /** The whole way; answers what the callback answers. */
    signIn: async (returnTo?: string): Promise<Response> => {
      const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
      const response = await get(`${PUBLIC_URL}/api/v1/auth/oidc/start${query}`)
      return get(await atIssuer(response.headers.get('location') ?? ''))
    },
    whoAmI: async () => {
      const response = await get(`${PUBLIC_URL}/api/v1/session`)
      const body = (await response.json()) as Partial<Identity>
      return { status: response.status, ...body }
    },
  }
}
