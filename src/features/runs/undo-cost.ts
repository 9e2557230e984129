import type { TenantId, WorkflowId } from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import type { WorkflowDirectory } from '#features/workflows/index.ts'

export interface Recorded {
  step: string
  count: number
}

/**
 * What undoing would cost by the prices of the agents that do it, in dollars. Agents found by a
 * capability, and ones that are gone, count as free.
 */
export const createUndoCost =
  (options: { agents: Pick<AgentService, 'resolve'>; workflows: WorkflowDirectory }) =>
  async (
    run: { tenantId: TenantId; workflowId: WorkflowId },
    recorded: readonly Recorded[],
  ): Promise<string> => {
    if (recorded.length === 0) return '0.000000'
    const workflow = options.workflows.compiled(await options.workflows.load(run.workflowId))
    const prices = await Promise.all(
      recorded.map(async ({ step, count }) => {
        const agent = workflow.steps.get(step)?.step.compensation?.agent ?? null
        if (agent === null) return 0
        const found = await options.agents.resolve(run.tenantId, agent).catch(() => null)
        return found === null ? 0 : Number(found.price) * count
      }),
    )
    return prices.reduce((sum, price) => sum + price, 0).toFixed(6)
  }
