import {
  AccessExplanation,
  ActivatePolicy,
  CreateGrant,
  CreatePolicy,
  CreateRole,
  DeactivatePolicy,
  DryRunPolicy,
  ExplainAccess,
  Grant,
  GrantList,
  GrantListQuery,
  LintPolicy,
  Policy,
  PolicyActivation,
  PolicyDryRun,
  PolicyList,
  PolicyListQuery,
  PolicyReport,
  PolicySchema,
  PolicyVersionList,
  ReplaceRole,
  RevisePolicy,
  Role,
  RoleList,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of roles, grants and policies take and answer. The handlers are in
// `role-handlers.ts`, `grant-handlers.ts` and `policy-handlers.ts`.

const ROLES = 'Roles'
const GRANTS = 'Grants'
const POLICIES = 'Policies'
const byId = { params: z.object({ id: z.guid().toLowerCase() }) }
const byName = { params: z.object({ name: z.string().max(50) }) }

export const listRoles = documented(
  { summary: 'List roles', tag: ROLES },
  {
    method: 'get',
    path: '/roles',
    responses: { 200: answers(RoleList, 'The built-in ones first') },
  },
)
export const createRole = documented(
  {
    summary: 'Create a role',
    tag: ROLES,
    description: 'It may permit nothing that its maker does not have.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/roles',
    request: { body: takes(CreateRole) },
    responses: { 201: answers(Role, 'Created') },
  },
)
export const readRole = documented(
  { summary: 'Read a role', tag: ROLES, refusals: [404] },
  {
    method: 'get',
    path: '/roles/{name}',
    request: byName,
    responses: { 200: answers(Role, 'The role') },
  },
)
export const replaceRole = documented(
  {
    summary: 'Replace what a role permits',
    tag: ROLES,
    description: 'Takes effect at once for all who have it. Built-in roles never change.',
    refusals: [404, 409, 422],
  },
  {
    method: 'put',
    path: '/roles/{name}',
    request: { ...byName, body: takes(ReplaceRole) },
    responses: { 200: answers(Role, 'Replaced') },
  },
)
export const deleteRole = documented(
  { summary: 'Delete a role that nobody has', tag: ROLES, refusals: [404, 409] },
  {
    method: 'delete',
    path: '/roles/{name}',
    request: byName,
    responses: { 204: { description: 'Deleted' } },
  },
)

export const listGrants = documented(
  { summary: 'List grants', tag: GRANTS, refusals: [422] },
  {
    method: 'get',
    path: '/grants',
    request: { query: GrantListQuery },
    responses: { 200: answers(GrantList, 'One page, the newest first') },
  },
)
export const createGrant = documented(
  {
    summary: 'Grant rights on one object',
    tag: GRANTS,
    description:
      'Covers what belongs to the object as well: on an agent its tasks, on a workflow its runs and their tasks.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/grants',
    request: { body: takes(CreateGrant) },
    responses: { 201: answers(Grant, 'Granted') },
  },
)
export const deleteGrant = documented(
  { summary: 'Withdraw a grant', tag: GRANTS, refusals: [404] },
  {
    method: 'delete',
    path: '/grants/{id}',
    request: byId,
    responses: { 204: { description: 'Withdrawn' } },
  },
)

export const readPolicySchema = documented(
  {
    summary: 'Read what policies may speak of',
    tag: POLICIES,
    description: 'Resources, actions, attributes and context, as a Cedar schema.',
  },
  {
    method: 'get',
    path: '/policies/schema',
    responses: { 200: answers(PolicySchema, 'The schema') },
  },
)
export const lintPolicy = documented(
  { summary: 'Check a policy without keeping it', tag: POLICIES, refusals: [422] },
  {
    method: 'post',
    path: '/policies/lint',
    request: { body: takes(LintPolicy) },
    responses: { 200: answers(PolicyReport, 'What is wrong with it, if anything') },
  },
)
export const createPolicy = documented(
  {
    summary: 'Write a policy',
    tag: POLICIES,
    description: 'A draft in Cedar; it decides nothing until it is activated.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/policies',
    request: { body: takes(CreatePolicy) },
    responses: { 201: answers(Policy, 'Written') },
  },
)
export const revisePolicy = documented(
  {
    summary: 'Write a new version of a policy',
    tag: POLICIES,
    description: 'The active version stays active until the new one is activated.',
    refusals: [404, 409, 422],
  },
  {
    method: 'put',
    path: '/policies/{id}',
    request: { ...byId, body: takes(RevisePolicy) },
    responses: { 200: answers(Policy, 'Written') },
  },
)
export const listPolicies = documented(
  { summary: 'List policies', tag: POLICIES, refusals: [422] },
  {
    method: 'get',
    path: '/policies',
    request: { query: PolicyListQuery },
    responses: { 200: answers(PolicyList, 'One page, the newest first') },
  },
)
export const readPolicy = documented(
  { summary: 'Read a policy', tag: POLICIES, refusals: [404] },
  {
    method: 'get',
    path: '/policies/{id}',
    request: byId,
    responses: { 200: answers(Policy, 'The policy') },
  },
)
export const listPolicyVersions = documented(
  { summary: 'List the versions of a policy', tag: POLICIES, refusals: [404] },
  {
    method: 'get',
    path: '/policies/{id}/versions',
    request: byId,
    responses: { 200: answers(PolicyVersionList, 'The newest first') },
  },
)
export const dryRunPolicy = documented(
  {
    summary: 'Try what a policy would change',
    tag: POLICIES,
    description:
      'Decides a sample of recent decisions again, with the policy or without it, and counts those that come out otherwise. Changes nothing.',
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/policies/dry-run',
    request: { body: takes(DryRunPolicy) },
    responses: { 200: answers(PolicyDryRun, 'What would change') },
  },
)
export const activatePolicy = documented(
  {
    summary: 'Activate a policy',
    tag: POLICIES,
    description:
      'It decides at once, in every process. Where recent decisions would come out otherwise, say how many you expect in `confirm_changes`.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/policies/{id}/activate',
    request: { ...byId, body: takes(ActivatePolicy) },
    responses: { 200: answers(PolicyActivation, 'Active') },
  },
)
export const deactivatePolicy = documented(
  { summary: 'Deactivate a policy', tag: POLICIES, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/policies/{id}/deactivate',
    request: { ...byId, body: takes(DeactivatePolicy) },
    responses: { 200: answers(PolicyActivation, 'It decides nothing any more') },
  },
)
export const deletePolicy = documented(
  { summary: 'Delete a policy that is not active', tag: POLICIES, refusals: [404, 409] },
  {
    method: 'delete',
    path: '/policies/{id}',
    request: byId,
    responses: { 204: { description: 'Deleted' } },
  },
)

export const explainAccess = documented(
  {
    summary: 'Explain a decision',
    tag: POLICIES,
    description:
      'Why somebody may or may not do something. About oneself everybody may ask; about others it takes `access.explain`.',
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/access/explain',
    request: { body: takes(ExplainAccess) },
    responses: { 200: answers(AccessExplanation, 'The decision, and what led to it') },
  },
)
