import type { TenantId, WorkflowProblem } from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { PlacedReference } from './language/read-definition.ts'
import { findKnownReferences } from './workflow-store.ts'

/** More different names are not looked up: whoever writes so many knows what there is. */
const NAMES_MAX = 200
const NAME_SHOWN_MAX = 64

/**
 * Names that mean nothing yet. No problem, since what is named may be published later; a run that
 * reaches the step before then fails there.
 */
export const findStrangers = async (
  ...of: Parameters<typeof findUnknown>
): Promise<WorkflowProblem[]> =>
  (await findUnknown(...of)).map(({ kind, name, ...place }) => {
    const shown = `\`${name.slice(0, NAME_SHOWN_MAX)}\``
    const message =
      kind === 'capability'
        ? `no agent offers the capability ${shown} yet`
        : `there is no ${kind} ${shown} yet`
    return { message, ...place }
  })

/** Those of the references that name nothing yet. */
export const findUnknown = async (
  { db, agents }: { db: Db; agents: Pick<AgentService, 'resolve' | 'offering'> },
  tenantId: TenantId,
  references: readonly PlacedReference[],
): Promise<PlacedReference[]> => {
  const namesOf = (kind: PlacedReference['kind']) => [
    ...new Set(references.filter((one) => one.kind === kind).map(({ name }) => name)),
  ]
  const workflows = namesOf('workflow').slice(0, NAMES_MAX)
  const known = await findKnownReferences(db.ofTenant(tenantId), tenantId, workflows)
  const strangers = new Set(
    workflows.filter((name) => !known.has(name)).map((name) => `workflow ${name}`),
  )
  for (const name of namesOf('agent').slice(0, NAMES_MAX))
    if (!(await isAgent(agents, tenantId, name))) strangers.add(`agent ${name}`)
  for (const name of namesOf('capability').slice(0, NAMES_MAX))
    if ((await agents.offering(tenantId, name)).length === 0) strangers.add(`capability ${name}`)
  return references.filter(({ kind, name }) => strangers.has(`${kind} ${name}`))
}

const isAgent = async (
  agents: Pick<AgentService, 'resolve'>,
  tenantId: TenantId,
  name: string,
): Promise<boolean> => {
  try {
    await agents.resolve(tenantId, name)
    return true
  } catch (error) {
    if (isAppError(error, 'agent.not_found')) return false
    throw error
  }
}
