import { hash } from 'node:crypto'
import type { Registry } from '#features/registry/index.ts'
import { digestOf } from '#platform/blobs/blob-digest.ts'
import type { Blobs } from '#platform/blobs/blobs.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { AgentBinary, AgentRecord } from './agent.ts'
import { binaryCorrupt, integrityFaultOf, isIntegrityFault, keyUntrusted } from './agent-errors.ts'
import { createAgentAlarms } from './agent-alarms.ts'
import { examineStatement } from './agent-statement.ts'

export interface AgentIntegrityOptions {
  db: Db
  clock: Clock
  blobs: Blobs
  registry: Pick<Registry, 'isTrusted' | 'standingOf'>
  onFault: (error: unknown) => void
}

type StoredBinary = Pick<AgentBinary, 'key' | 'sha256'>

/** Binaries whose state at the last look is remembered. */
const BINARIES_MAX = 10_000

/**
 * Makes sure, before each execution, that an agent is what was signed and its binary what was
 * published. What was looked at and has not changed since is not looked at again: a record as it
 * was read from the database, a blob by its revision. Whether keys are trusted is asked each time.
 */
export const createAgentIntegrity = (options: AgentIntegrityOptions) => {
  const { blobs, registry } = options
  const alarms = createAgentAlarms(options)
  const vouched = new WeakMap<AgentRecord, readonly string[]>()
  const soundBinaries = new Map<string, string>()

  const checkStatement = (agent: AgentRecord): void => {
    const known = vouched.get(agent)
    if (known !== undefined) {
      const untrusted = known.find((keyId) => !registry.isTrusted(keyId))
      if (untrusted !== undefined) throw keyUntrusted(agent, untrusted)
      return
    }
    const finding = examineStatement(agent, registry)
    if (finding.fault !== null) throw integrityFaultOf(agent, finding)
    vouched.set(agent, finding.keyIds)
  }
  const readBinary = async ({ key, sha256 }: StoredBinary): Promise<Uint8Array> => {
    const content = await blobs.read(key)
    const found = hash('sha256', content, 'hex')
    if (found !== sha256) throw binaryCorrupt(sha256, found)
    return content
  }
  const verifyBinary = async (binary: StoredBinary): Promise<void> => {
    const revision = `${binary.sha256} ${await blobs.revision(binary.key)}`
    if (soundBinaries.get(binary.key) === revision) return
    const found = await digestOf(blobs, binary.key)
    if (found !== binary.sha256) throw binaryCorrupt(binary.sha256, found)
    if (soundBinaries.size >= BINARIES_MAX) soundBinaries.clear()
    soundBinaries.set(binary.key, revision)
  }

  return {
    /**
     * Before an agent does anything. Cheap when nothing has changed since the last look. What is
     * refused is recorded in the tenant's audit log, once a minute for each agent and reason.
     * @throws AppError `agent.binary_corrupt`, `agent.manifest_corrupt`, `agent.signature_invalid`,
     *   `agent.key_untrusted`: all of them permanent
     */
    verify: async (agent: AgentRecord): Promise<void> => {
      try {
        checkStatement(agent)
        if (agent.binary !== null) await verifyBinary(agent.binary)
      } catch (error) {
        if (isIntegrityFault(error)) await alarms.raise(agent, error)
        throw error
      }
    },

    /**
     * Makes sure that the stored binary still is what was published, whoever's it is.
     * @throws AppError `agent.binary_corrupt`
     */
    verifyBinary,

    /**
     * The binary, if it still is what was published.
     * @throws AppError `agent.binary_corrupt`
     */
    readBinary,
  }
}
