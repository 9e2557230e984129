export { createAccessService, unauthenticated, type AccessService } from './access-service.ts'
export { authorise, isPermitted, type Action } from './authorise.ts'
export { createSignInGuard } from './sign-in-guard.ts'
export { SESSION_COOKIE, sessionRoutes } from './session-routes.ts'
