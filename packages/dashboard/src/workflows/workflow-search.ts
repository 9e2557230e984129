export const WORKFLOW_TABS = [
  'graph',
  'source',
  'runs',
  'performance',
  'webhooks',
  'versions',
] as const
export type WorkflowTab = (typeof WORKFLOW_TABS)[number]

/** What of a workflow is shown. Without a version: the latest. */
export interface WorkflowSearch {
  version?: string
  tab?: WorkflowTab
  step?: string
}

const text = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined

/** Reads any address; what it does not know is left out. */
export const readWorkflowSearch = (search: Readonly<Record<string, unknown>>): WorkflowSearch => {
  const parsed = {
    version: text(search['version']),
    tab: WORKFLOW_TABS.find((tab) => tab === search['tab']),
    step: text(search['step']),
  }
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined))
}
