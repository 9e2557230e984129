/** A workflow as schedules and webhooks name it: in its latest version at each start, or in one. */
export interface WorkflowChoice {
  name: string
  /** Null: the latest at each start. */
  version: string | null
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Whether it is the id of one version. */
export const isWorkflowId = (reference: string): boolean => UUID.test(reference)

/** What `order` or `order@1.2.0` names. */
export const choiceOf = (reference: string): WorkflowChoice => {
  const [name = '', version] = reference.split('@', 2)
  return { name, version: version ?? null }
}

export const referenceOf = ({ name, version }: WorkflowChoice): string =>
  version === null ? name : `${name}@${version}`
