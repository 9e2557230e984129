import type { Trial } from '@cadre/contract'
import { notSandboxedHere } from './marketplace-errors.ts'
import type { ExampleRun } from './admission-checks.ts'
import type { VersionReference, VersionService } from './version-service.ts'
import type { Sight } from './version-store.ts'

export interface TrialServiceOptions {
  versions: Pick<VersionService, 'visible'>
  /** Runs the stored binary of this digest in the sandbox, bounded in time. */
  run: (trial: { sha256: string; input: unknown; owner: string }) => Promise<ExampleRun>
}

export type TrialService = ReturnType<typeof createTrialService>

/** Runs a version once for somebody who thinks about installing it. Nothing of it is kept. */
export const createTrialService = ({ versions, run }: TrialServiceOptions) => ({
  /** @throws AppError `marketplace.not_found`; 409 where Cadre does not run it itself */
  tryVersion: async (
    sight: Sight,
    { input, ...reference }: VersionReference & { input: unknown },
  ): Promise<Trial> => {
    const { artefact } = await versions.visible(sight, reference)
    if (artefact?.kind !== 'wasm' || artefact.sha256 === null) throw notSandboxedHere()
    const { sha256 } = artefact
    const ended = await run({ sha256, input, owner: `trial/${sight.tenantId}` })
    return {
      sha256,
      exit_code: ended.exitCode,
      stdout: ended.stdout,
      stderr: ended.stderr,
      duration_ms: ended.durationMs,
      error: ended.outcome === 'exit' ? null : (ended.error ?? `It ended by ${ended.outcome}.`),
    }
  },
})
