/** What needs no identity: it is public, or what comes in the request identifies. */
const OPEN = [
  ['GET', /^\/health(?:\/live|\/ready)?$/],
  ['GET', /^\/schemas\/(?:manifest|workflow)\.json$/],
  ['GET', /^\/\.well-known\/jwks\.json$/],
  // The token in the address is what identifies the sender.
  ['POST', /^\/hooks\/[^/]+$/],
  ['POST', /^\/session$/],
  ['POST', /^\/auth\/(?:token|revoke)$/],
  ['GET', /^\/auth\/(?:methods|oidc\/start|oidc\/callback)$/],
  ['POST', /^\/invitations\/accept$/],
  ['POST', /^\/password\/reset$/],
] as const

/** Where who asks has to prove something, so that refusals of it are worth a record. */
const PROVING = [
  ['POST', /^\/(?:session|auth\/token|invitations\/accept|password(?:\/reset)?)$/],
  ['GET', /^\/auth\/oidc\/callback$/],
] as const

const withoutPrefix = (path: string): string => path.replace(/^\/api(?:\/v1)?(?=\/)/, '')

const isAmong = (
  routes: readonly (readonly [string, RegExp])[],
  method: string,
  path: string,
): boolean => {
  const route = withoutPrefix(path)
  const asked = method === 'HEAD' ? 'GET' : method
  return routes.some(([of, pattern]) => of === asked && pattern.test(route))
}

export const isOpenRoute = (method: string, path: string): boolean => isAmong(OPEN, method, path)

export const isProvingRoute = (method: string, path: string): boolean =>
  isAmong(PROVING, method, path)

/** Where a cookie is handed out. */
export const isSignIn = (method: string, path: string): boolean =>
  method === 'POST' && withoutPrefix(path) === '/session'
