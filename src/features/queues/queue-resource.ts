import type { TenantId } from '@cadre/contract'
import type { Resource } from '#features/access/index.ts'
import { queueKindOf } from './queue-names.ts'

/** A queue as decisions about access see it. */
export const queueResource = (name: string, tenantId: TenantId): Resource<'Queue'> => {
  const kind = queueKindOf(name, tenantId)
  return {
    type: 'Queue',
    id: name,
    parents: kind?.kind === 'agent' ? [{ type: 'Agent', id: kind.agentId }] : [],
    attributes: { is_shared: kind?.kind === 'wasm' },
  }
}
