export { createIdentityService, unauthenticated, type IdentityService } from './identity-service.ts'
export { createSignInGuard } from './sign-in-guard.ts'
export { SESSION_COOKIE, sessionRoutes } from './session-routes.ts'
export { KEYS_REVOKED_CHANNEL } from './identity-store.ts'
