import type { WorkflowDefinition } from '#features/workflows/index.ts'
import type { FoundArtefact } from './artefact.ts'

const WASI = 'wasi_snapshot_preview1.'

/** What imported functions of WASI preview 1 are for; those left out ask for nothing. */
const WASI_PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:fd_read|fd_pread)$/, 'input'],
  [/^(?:fd_write|fd_pwrite)$/, 'output'],
  [/^args_/, 'arguments'],
  [/^environ_/, 'environment'],
  [/^clock_/, 'clock'],
  [/^random_get$/, 'random'],
  [/^poll_oneoff$/, 'waiting'],
  [/^(?:path_|fd_(?:prestat|readdir|allocate|sync|datasync|filestat))/, 'files'],
  [/^sock_/, 'network'],
]

/**
 * What an artefact asks of its host, sorted; derived from what it is, whatever its publisher says.
 * A remote agent gets its tasks' inputs where its publisher runs it; what an image does where it
 * runs is not known.
 */
export const permissionsOf = (artefact: FoundArtefact): string[] => {
  if (artefact.binary !== null) return wasmPermissions(artefact.binary.report.imports)
  if (artefact.definition !== null) return workflowPermissions(artefact.definition)
  return artefact.kind === 'image' ? ['image', 'outside'] : ['outside']
}

export const wasmPermissions = (imports: readonly string[]): string[] =>
  sorted(
    imports.flatMap((name) => {
      if (!name.startsWith(WASI)) return [`import:${name}`]
      const call = name.slice(WASI.length)
      return WASI_PERMISSIONS.filter(([pattern]) => pattern.test(call)).map(([, asked]) => asked)
    }),
  )

const workflowPermissions = ({ steps }: WorkflowDefinition): string[] =>
  sorted(
    steps.flatMap(({ action, compensation }) =>
      [action, ...(compensation === null ? [] : [compensation])].flatMap((asked) => {
        if (asked.kind === 'workflow') return [`workflow:${asked.workflow}`]
        if (asked.kind !== 'agent') return []
        return [
          asked.agent === null ? `capability:${asked.capability ?? ''}` : `agent:${asked.agent}`,
        ]
      }),
    ),
  )

const sorted = (permissions: readonly string[]): string[] => [...new Set(permissions)].toSorted()

/** What `after` asks for and `before` did not. */
export const widened = (before: readonly string[], after: readonly string[]): string[] =>
  after.filter((permission) => !before.includes(permission))
