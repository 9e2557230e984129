import type { PolicyDryRun, PolicyProblem } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'

export const roleNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'role.not_found',
    publicMessage: 'There is no such role.',
  })

export const roleNameTaken = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'role.name_taken',
    publicMessage: `There is a role called ${name} already.`,
    details: [{ field: 'name', message: 'is taken' }],
  })

export const roleBuiltIn = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'role.built_in',
    publicMessage: `The role ${name} is built in and never changes. Make one that inherits from it.`,
  })

export const roleInUse = (name: string, users: readonly string[]) =>
  new AppError({
    kind: 'conflict',
    code: 'role.in_use',
    publicMessage: `The role ${name} is in use by ${users.join(', ')}. Give them another one first.`,
  })

export const tooMany = (what: string, max: number) =>
  new AppError({
    kind: 'conflict',
    code: 'access.too_many',
    publicMessage: `There are ${max} ${what}, and more are not kept. Delete some first.`,
  })

/** Nobody hands out what they do not have. */
export const moreThanOwn = (action: string, object: string | null) =>
  new AppError({
    kind: 'forbidden',
    code: 'access.more_than_own',
    action,
    publicMessage: `You cannot hand out ${action}${object === null ? '' : ` on ${object}`}: your own role does not permit it${object === null ? ' everywhere' : ''}.`,
  })

export const grantNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'grant.not_found',
    publicMessage: 'There is no such grant.',
  })

export const policyNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'policy.not_found',
    publicMessage: 'There is no such policy, or no such version of it.',
  })

export const policyNameTaken = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'policy.name_taken',
    publicMessage: `There is a policy called ${name} already.`,
    details: [{ field: 'name', message: 'is taken' }],
  })

export const policyInvalid = (problems: readonly PolicyProblem[]) => {
  const details = problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => ({ field: 'text', message: sentenceOf(problem) }))
  return new AppError({
    kind: 'invalid',
    code: 'policy.invalid',
    publicMessage: `text: ${details[0]?.message ?? 'is not a policy'}`,
    details,
  })
}

const sentenceOf = ({ line, column, message, help }: PolicyProblem): string =>
  [
    line === null ? '' : `line ${line}, column ${column}: `,
    message,
    help === null ? '' : ` (${help})`,
  ]
    .join('')
    .slice(0, 300)

export const policyActive = () =>
  new AppError({
    kind: 'conflict',
    code: 'policy.active',
    publicMessage: 'The policy is active. Deactivate it first.',
  })

export const policyNotActive = () =>
  new AppError({
    kind: 'conflict',
    code: 'policy.not_active',
    publicMessage: 'The policy is not active.',
  })

export const changesUnconfirmed = ({ changes, decisions, ...run }: PolicyDryRun) =>
  new AppError({
    kind: 'conflict',
    code: 'policy.changes_decisions',
    publicMessage: `Of ${decisions} recent decisions, ${changes} would come out otherwise: ${run.newly_refused} refused, ${run.newly_permitted} permitted. POST /policies/dry-run shows which. Confirm with confirm_changes: ${changes}.`,
    details: [{ field: 'confirm_changes', message: `must be at least ${changes}` }],
  })

export const wouldLockOut = () =>
  new AppError({
    kind: 'conflict',
    code: 'policy.locks_out',
    publicMessage:
      'With this policy no administrator could manage policies any more. Except somebody from it, or set force: true.',
    details: [{ field: 'force', message: 'must be true' }],
  })

export const objectNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'access.object_not_found',
    publicMessage: 'There is no such object.',
  })
