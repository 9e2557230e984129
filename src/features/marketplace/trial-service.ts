import { Release, type Trial } from '@cadre/contract'
import { recordAlone } from '#features/audit/index.ts'
import type { Registry } from '#features/registry/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError, type AppError } from '#platform/errors.ts'
import { notSandboxedHere, releaseCorrupt } from './marketplace-errors.ts'
import type { ExampleRun } from './admission-checks.ts'
import type { VersionRecord } from './item.ts'
import { findRelease } from './release-store.ts'
import type { VersionReference, VersionService } from './version-service.ts'
import type { Sight } from './version-store.ts'

export interface TrialServiceOptions {
  db: Db
  clock: Clock
  versions: Pick<VersionService, 'visible'>
  registry: Pick<Registry, 'verify'>
  /** Runs the stored binary of this digest in the sandbox, bounded in time. */
  run: (trial: { sha256: string; input: unknown; owner: string }) => Promise<ExampleRun>
}

export type TrialService = ReturnType<typeof createTrialService>

/** Runs a version once for somebody who thinks about installing it. Nothing of it is kept. */
export const createTrialService = (options: TrialServiceOptions) => {
  const { db, clock, versions, registry } = options

  /** What is listed runs as it was signed; what is not approved yet was signed by nobody. */
  const requireSigned = async (version: VersionRecord, sha256: string): Promise<void> => {
    if (version.state !== 'approved') return
    const release = await findRelease(db, version.id)
    if (release === null) throw releaseCorrupt(version)
    registry.verify(release)
    const signed = Release.parse(JSON.parse(release.payload))
    const isSame =
      signed.name === version.name &&
      signed.version === version.version &&
      signed.artefact.sha256 === sha256
    if (!isSame) throw releaseCorrupt(version)
  }
  const record = ({ tenantId }: Sight, version: VersionRecord, error: AppError): Promise<void> =>
    recordAlone(db, {
      tenantId,
      at: clock.now(),
      action: 'marketplace.try',
      resource: {
        kind: 'marketplace_version',
        id: version.id,
        name: `${version.name}@${version.version}`,
      },
      decision: 'denied',
      after: { code: error.code, reason: error.message },
    })

  return {
    /**
     * @throws AppError `marketplace.not_found`; 409 where Cadre does not run it itself; where it is
     *   not what was signed `marketplace.release_corrupt`, `registry.signature_invalid`,
     *   `registry.key_untrusted` or `agent.binary_corrupt`, which are recorded
     */
    tryVersion: async (
      sight: Sight,
      { input, ...reference }: VersionReference & { input: unknown },
    ): Promise<Trial> => {
      const version = await versions.visible(sight, reference)
      const { artefact } = version
      if (artefact?.kind !== 'wasm' || artefact.sha256 === null) throw notSandboxedHere()
      const { sha256 } = artefact
      try {
        await requireSigned(version, sha256)
        const ended = await options.run({ sha256, input, owner: `trial/${sight.tenantId}` })
        return {
          sha256,
          exit_code: ended.exitCode,
          stdout: ended.stdout,
          stderr: ended.stderr,
          duration_ms: ended.durationMs,
          error: ended.outcome === 'exit' ? null : (ended.error ?? `It ended by ${ended.outcome}.`),
        }
      } catch (error) {
        if (isAppError(error) && NOT_AS_SIGNED.has(error.code)) await record(sight, version, error)
        throw error
      }
    },
  }
}

const NOT_AS_SIGNED: ReadonlySet<string> = new Set([
  'agent.binary_corrupt',
  'marketplace.release_corrupt',
  'registry.key_untrusted',
  'registry.signature_invalid',
])
