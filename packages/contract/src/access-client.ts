import type { Calls } from './client-calls.ts'
import type {
  AccessExplanation,
  ActivatePolicy,
  CreatePolicy,
  DeactivatePolicy,
  DryRunPolicy,
  ExplainAccess,
  LintPolicy,
  Policy,
  PolicyActivation,
  PolicyDryRun,
  PolicyListQuery,
  PolicyReport,
  PolicySchema,
  PolicyVersion,
  RevisePolicy,
} from './access-policies.ts'
import type {
  CreateGrant,
  CreateRole,
  Grant,
  GrantListQuery,
  ReplaceRole,
  Role,
} from './access-roles.ts'
import type { List } from './lists.ts'

/** The calls that are about who may do what. */
export const accessCalls = ({ call, get, post }: Calls) => ({
  roles: {
    list: () => get<List<Role>>('/roles'),
    get: (name: string) => get<Role>(`/roles/${encodeURIComponent(name)}`),
    create: (role: CreateRole) => post<Role>('/roles', role),
    replace: (name: string, role: ReplaceRole) =>
      call<Role>('PUT', `/roles/${encodeURIComponent(name)}`, role),
    remove: (name: string) => call<void>('DELETE', `/roles/${encodeURIComponent(name)}`),
  },
  grants: {
    list: (query: GrantListQuery = {}) => get<List<Grant>>('/grants', query),
    create: (grant: CreateGrant) => post<Grant>('/grants', grant),
    remove: (id: string) => call<void>('DELETE', `/grants/${encodeURIComponent(id)}`),
  },
  policies: {
    schema: () => get<PolicySchema>('/policies/schema'),
    /** Says what creating would say. */
    lint: (body: LintPolicy) => post<PolicyReport>('/policies/lint', body),
    /** A draft: it decides nothing until it is activated. */
    create: (policy: CreatePolicy) => post<Policy>('/policies', policy),
    revise: (id: string, body: RevisePolicy) =>
      call<Policy>('PUT', `/policies/${encodeURIComponent(id)}`, body),
    list: (query: PolicyListQuery = {}) => get<List<Policy>>('/policies', query),
    get: (id: string) => get<Policy>(`/policies/${encodeURIComponent(id)}`),
    versions: (id: string) =>
      get<List<PolicyVersion>>(`/policies/${encodeURIComponent(id)}/versions`),
    /** What recent decisions would have been. */
    dryRun: (body: DryRunPolicy) => post<PolicyDryRun>('/policies/dry-run', body),
    activate: (id: string, body: ActivatePolicy = {}) =>
      post<PolicyActivation>(`/policies/${encodeURIComponent(id)}/activate`, body),
    deactivate: (id: string, body: DeactivatePolicy = {}) =>
      post<PolicyActivation>(`/policies/${encodeURIComponent(id)}/deactivate`, body),
    remove: (id: string) => call<void>('DELETE', `/policies/${encodeURIComponent(id)}`),
  },
  access: {
    explain: (body: ExplainAccess) => post<AccessExplanation>('/access/explain', body),
  },
})
