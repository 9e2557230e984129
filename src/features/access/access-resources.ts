import type { GrantRecord } from './grants.ts'
import type { PolicyRecord } from './policy-store.ts'
import type { Resource } from './resource.ts'
import { isBuiltIn } from './roles.ts'

export const roleResource = (name: string): Resource<'Role'> => ({
  type: 'Role',
  id: name,
  parents: [],
  attributes: { is_built_in: isBuiltIn(name) },
})

export const grantResource = ({
  id,
  createdBy,
}: Pick<GrantRecord, 'id' | 'createdBy'>): Resource<'Grant'> => ({
  type: 'Grant',
  id,
  parents: [],
  attributes: { owner: createdBy },
})

export const policyResource = ({
  id,
  name,
  activeVersion,
}: Pick<PolicyRecord, 'id' | 'name' | 'activeVersion'>): Resource<'Policy'> => ({
  type: 'Policy',
  id,
  parents: [],
  attributes: { name, is_active: activeVersion !== null },
})
