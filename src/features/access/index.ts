export { authorise, isPermitted, type Action } from './authorise.ts'
