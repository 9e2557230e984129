import type { BuiltInRole } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'

export const rolesQuery = {
  queryKey: ['roles'],
  queryFn: async () => (await api.roles.list()).items,
}

const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  'viewer',
  'developer',
  'agent',
  'supervisor',
  'admin',
]

/** Names of the roles that somebody may be given; those that every tenant has at the least. */
export const useRoleNames = (): readonly string[] =>
  useQuery(rolesQuery).data?.map(({ name }) => name) ?? BUILT_IN_ROLES
