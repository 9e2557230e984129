export { ACTIONS, type Action } from './actions.ts'
export {
  authorise,
  authoriseOn,
  authoriseSome,
  decidesByObject,
  isPermitted,
  permittedActions,
  permittedOnes,
} from './authorise.ts'
export { createAuthoritySource, type AuthoritySource } from './authority-source.ts'
export { createDecisionSample } from './decision-sample.ts'
export { createExplain, type FindResource } from './explain.ts'
export { createDryRun } from './dry-run.ts'
export { grantRoutes } from './grant-handlers.ts'
export { createGrantService } from './grant-service.ts'
export { mayGive } from './handing-out.ts'
export { workflowsOfRuns, type RunWorkflows } from './lineage-store.ts'
export { permittedPage } from './permitted-page.ts'
export { createPolicyEngine, type Circumstances } from './policy-engine.ts'
export { policyRoutes } from './policy-handlers.ts'
export { createPolicyService } from './policy-service.ts'
export { neutralResource, type Entity, type Resource } from './resource.ts'
export { roleRoutes } from './role-handlers.ts'
export { createRoleService } from './role-service.ts'
export { grantResource, policyResource, roleResource } from './access-resources.ts'
export { findGrant } from './grant-store.ts'
export { findPolicy } from './policy-store.ts'
export { areScopesWithin } from './scopes.ts'
