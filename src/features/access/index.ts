export type { Action } from './actions.ts'
export { authorise, isPermitted, permittedActions } from './authorise.ts'
export { mayGive } from './may-give.ts'
export { areScopesWithin } from './scopes.ts'
