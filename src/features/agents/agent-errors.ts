import { AppError, invalidField } from '#platform/errors.ts'
import type { AgentRecord } from './agent.ts'
import type { StatementFault } from './agent-statement.ts'

export const agentNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'agent.not_found',
    publicMessage: 'There is no such agent.',
  })

/** The same absence where a body, not the path, named the agent. */
export const noSuchAgent = (field: string) => invalidField(field, 'there is no such agent')

export const versionExists = (name: string, version: string) =>
  new AppError({
    kind: 'conflict',
    code: 'agent.version_exists',
    publicMessage: `${name} ${version} was published before. Versions never change: publish a new one.`,
    details: [{ field: 'version', message: 'was published before' }],
  })

export const agentBusy = (held: number, waiting: number) =>
  new AppError({
    kind: 'conflict',
    code: 'agent.busy',
    publicMessage: `The agent holds ${held} tasks and ${waiting} wait for it. Let them finish or cancel them first.`,
  })

export const agentDisabled = () =>
  new AppError({
    kind: 'conflict',
    code: 'agent.disabled',
    publicMessage: 'The agent is disabled and takes no new work.',
  })

export const moduleRefused = (code: string, reason: string) =>
  new AppError({
    kind: 'invalid',
    code,
    publicMessage: reason,
    details: [{ field: 'binary', message: reason }],
  })

export const notSandboxed = () =>
  invalidField('agent_id', 'is a remote agent; only WASM agents run directly')

export const notRemote = () =>
  new AppError({
    kind: 'conflict',
    code: 'agent.not_remote',
    publicMessage: 'This agent runs inside Cadre; only remote agents have keys and streams.',
  })

export const tooManyInstances = (max: number) =>
  new AppError({
    kind: 'conflict',
    code: 'agent.too_many_instances',
    publicMessage: `Cadre keeps account of ${max} processes of an agent; forgotten ones go after some minutes.`,
  })

export const binaryCorrupt = (expected: string, found: string) =>
  new AppError({
    kind: 'internal',
    code: 'agent.binary_corrupt',
    publicMessage:
      'The stored binary does not match its digest, so it was not run. Publish the agent anew under another version.',
    message: `Stored binary: expected sha256 ${expected}, found ${found}`,
  })

export const manifestCorrupt = (agent: Named) =>
  new AppError({
    kind: 'internal',
    code: 'agent.manifest_corrupt',
    publicMessage: `What is stored of ${agent.name} ${agent.version} is not what was signed when it was published, so it was not run. Publish it anew under another version.`,
  })

export const signatureInvalid = (agent: Named, isSigned: boolean) =>
  new AppError({
    kind: 'internal',
    code: 'agent.signature_invalid',
    publicMessage: `${agent.name} ${agent.version} ${isSigned ? 'has a signature that is not right' : 'is not signed'}, so it was not run. Publish it anew under another version.`,
  })

export const keyUntrusted = (agent: Named, keyId: string) =>
  new AppError({
    kind: 'conflict',
    code: 'agent.key_untrusted',
    publicMessage: `${agent.name} ${agent.version} was signed by the key ${keyId}, which is not trusted here, or not any more, so it was not run.`,
  })

type Named = Pick<AgentRecord, 'name' | 'version'>

export const integrityFaultOf = (
  agent: Named,
  { fault, keyId }: { fault: StatementFault; keyId: string },
): AppError => {
  if (fault === 'corrupt') return manifestCorrupt(agent)
  if (fault === 'untrusted') return keyUntrusted(agent, keyId)
  return signatureInvalid(agent, fault !== 'unsigned')
}

const INTEGRITY_FAULTS: ReadonlySet<string> = new Set([
  'agent.binary_corrupt',
  'agent.manifest_corrupt',
  'agent.signature_invalid',
  'agent.key_untrusted',
])

/** The agent is not what was signed. Trying again cannot help. */
export const isIntegrityFault = (error: unknown): error is AppError =>
  error instanceof AppError && INTEGRITY_FAULTS.has(error.code)
