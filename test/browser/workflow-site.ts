import type { Run, WorkflowDocument } from '@cadre/contract'
import { startConsuming } from '@cadre/sdk'
import type { Browser } from 'playwright-core'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { openChromium } from '../support/chromium.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { signal, type Signal } from '../support/signals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

/** Text that would run, were it not escaped. */
export const MARKUP = '<img src=x onerror="document.title=1"> & <script>document.title=2</script>'

/**
 * What a step asks of the one agent: to answer at once, to wait until the test opens the gate, to
 * fail until the test mends it, or to fail for good.
 */
export type Ask = 'answer' | 'wait' | 'fail' | 'fail always'

export interface WorkflowSite {
  cadre: RunningCadre
  browser: Browser
  dashboard: Dashboard
  /** Lets steps that wait, and those that come, go on. */
  openGate(): void
  closeGate(): void
  /** Steps that were to fail succeed from now on. */
  mend(): void
  trigger(workflow: string, context?: unknown): Promise<Run>
  /** The same, until the run is completed. */
  runThrough(workflow: string, context?: unknown): Promise<Run>
  stop(): Promise<void>
}

/** A Cadre with workflows, an agent that does what a test wants, and a dashboard. */
export const openWorkflowSite = async (
  definitions: readonly WorkflowDocument[],
): Promise<WorkflowSite> => {
  const [cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
  const { client, url, key } = cadre
  await client.agents.register({ name: 'worker', runtime: 'remote' })
  let gate: Signal | null = signal()
  let isMended = false
  const agent = startConsuming(
    async ({ input }, context) => {
      if (input === 'wait') await gate?.promise
      context.addCost(0.25)
      if (input === 'fail always' || (input === 'fail' && !isMended))
        throw new Error(`It broke: ${MARKUP}`)
      return { said: MARKUP }
    },
    { url, key, agentId: 'worker', concurrency: 16 },
  )
  for (const definition of definitions) await client.workflows.publish(definition)
  const dashboard = await openDashboard(browser, cadre)
  const trigger = async (workflow: string, context?: unknown) =>
    (await client.runs.trigger(workflow, { context: (context ?? null) as never })).run
  const openGate = () => {
    gate?.fire()
    gate = null
  }
  return {
    cadre,
    browser,
    dashboard,
    openGate,
    closeGate: () => {
      gate = signal()
    },
    mend: () => {
      isMended = true
    },
    trigger,
    runThrough: async (workflow, context) => {
      const stream = await openEventStream(`${url}/api/v1/events`, {
        authorization: `Bearer ${key}`,
      })
      const run = await trigger(workflow, context)
      await stream.waitFor(({ data }) => data.includes('"run.completed"') && data.includes(run.id))
      await stream.close()
      return run
    },
    stop: async () => {
      openGate()
      await agent.stop()
      await browser.close()
      await cadre.stop()
    },
  }
}

/** A step that the agent works on. */
export const asks = (ask: Ask, step: object = {}) => ({
  agent: 'worker',
  input: ask,
  max_retries: 0,
  ...step,
})
