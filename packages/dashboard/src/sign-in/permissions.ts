import type { Identity } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

type Role = Identity['role']

const WORKERS: ReadonlySet<Role> = new Set(['developer', 'supervisor', 'admin'])
const MANAGERS: ReadonlySet<Role> = new Set(['supervisor', 'admin'])

/**
 * What the signed-in role may do, so that nothing is offered that would be refused. The server
 * decides; this only spares people the refusal.
 */
export const usePermissions = () => {
  const role = useQuery(sessionQuery).data?.role
  return {
    /** Create, run, redrive and cancel tasks; publish agents. */
    canWork: role !== undefined && WORKERS.has(role),
    /** Enable, disable and delete agents; make keys for them; purge what is in quarantine. */
    canManage: role !== undefined && MANAGERS.has(role),
  }
}
