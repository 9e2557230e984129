export type { Action } from './actions.ts'
export { authorise, isPermitted, permittedActions } from './authorise.ts'
