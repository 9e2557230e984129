export { authorise, isPermitted, type Action } from './authorise.ts'
export { mayGive } from './may-give.ts'
export { areScopesWithin } from './scopes.ts'
