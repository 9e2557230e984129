export {
  agentOfQueue,
  agentQueue,
  capabilityOf,
  capabilityQueue,
  WASM_QUEUE,
  type AgentBinary,
  type AgentRecord,
} from './agent.ts'
export { createAgentDirectory, type AgentDirectory } from './agent-directory.ts'
export {
  agentDisabled,
  agentNotFound,
  isIntegrityFault,
  noSuchAgent,
  notRemote,
  notSandboxed,
} from './agent-errors.ts'
export { createAgentInstances, type AgentInstances } from './agent-instances.ts'
export { agentInstanceRoutes } from './agent-instance-routes.ts'
export { agentResource } from './agent-resource.ts'
export { agentRoutes } from './agent-routes.ts'
export { AGENTS_CHANGED_CHANNEL } from './agent-signing-store.ts'
export { signUnsignedAgents } from './agent-signing.ts'
export { createAgentService, type AgentService, type AgentWork } from './agent-service.ts'
export { AGENT_STATS_EVENTS, AGENT_STATS_PROJECTION, projectAgentHours } from './agent-stats.ts'
export { tenantTotalsSince } from './agent-stats-store.ts'
export { startOrphanSweep, type OrphanSweep } from './orphan-sweep.ts'
export { rememberInspections } from './inspection-memory.ts'
export { moduleOf } from './module-source.ts'
export type { Inspection, InspectModule, ModuleReport, ModuleSource } from './module-inspector.ts'
