import type { WorkflowProblem } from '@cadre/contract'
import { AppError, invalidField, unavailable } from '#platform/errors.ts'

export const workflowNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'workflow.not_found',
    publicMessage: 'There is no such workflow.',
  })

/** The same absence where a body, not the path, named the workflow. */
export const noSuchWorkflow = (field: string) => invalidField(field, 'there is no such workflow')

export const versionExists = (name: string, version: string, isSame: boolean) =>
  new AppError({
    kind: 'conflict',
    code: 'workflow.version_exists',
    publicMessage: isSame
      ? `${name} ${version} is published already, and says the same.`
      : `${name} ${version} was published before with other content. Versions never change: publish a new one.`,
    details: [{ field: 'version', message: 'was published before' }],
  })

export const versionDeleted = (name: string, version: string) =>
  new AppError({
    kind: 'conflict',
    code: 'workflow.version_exists',
    publicMessage: `${name} ${version} was published and deleted. A version is never used again: publish a new one.`,
    details: [{ field: 'version', message: 'was published before' }],
  })

export const versionNotNamed = (name: string) =>
  new AppError({
    kind: 'invalid',
    code: 'workflow.version_not_named',
    publicMessage: `Say which version to delete: its id, or ${name}@VERSION.`,
    details: [{ field: 'id', message: 'names no version' }],
  })

/** Everything that prevents publishing, each with its line and column. */
export const definitionInvalid = (problems: readonly WorkflowProblem[]) => {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new AppError({
    kind: 'invalid',
    code: 'workflow.invalid',
    publicMessage:
      first === undefined
        ? 'The definition is invalid.'
        : `line ${first.line}, column ${first.column}: ${first.message}${more}`,
    details: problems.map(({ message, path, line, column }) => ({
      field: path === '' ? 'source' : path,
      message,
      line,
      column,
    })),
  })
}

export const definitionsBusy = () =>
  unavailable('workflow.busy', 'Too many definitions are being read. Try again in a moment.')

export const definitionCorrupt = (expected: string, found: string | null) =>
  new AppError({
    kind: 'internal',
    code: 'workflow.definition_corrupt',
    publicMessage:
      'The stored definition does not match the digest of its release, so it was not installed.',
    message: `Stored definition: expected sha256 ${expected}, found ${found ?? 'none'}`,
  })
