const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a task names its agent by id, so one version of it, rather than by name. */
export const isAgentId = (reference: string): boolean => UUID.test(reference)
