import { useQuery } from '@tanstack/react-query'
import { rolesQuery } from '../members/use-role-names.ts'

/** All actions that there are: the administrator's. */
export const useActions = (): readonly string[] =>
  useQuery(rolesQuery).data?.find(({ name }) => name === 'admin')?.actions ?? []
