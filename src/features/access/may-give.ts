import { BUILT_IN_ROLES } from '@cadre/contract'
import type { Principal } from '#platform/web/context.ts'
import { isPermitted, permissionsOf } from './authorise.ts'

/**
 * Whether a principal may let others have a role, or manage those who have it: nobody hands out
 * more than they have themselves, by the key or token that they use now.
 */
export const mayGive = (principal: Principal, role: string): boolean =>
  (BUILT_IN_ROLES as readonly string[]).includes(role) &&
  permissionsOf(role).every((action) => isPermitted(principal, action))
