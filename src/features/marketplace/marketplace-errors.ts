import type { ItemType } from '@cadre/contract'
import { AppError, invalidField } from '#platform/errors.ts'

export const itemNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'marketplace.not_found',
    publicMessage: 'The marketplace has no such item.',
  })

export const versionExists = (name: string, version: string) =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.version_exists',
    publicMessage: `${name} ${version} was published before. Versions never change, and a deleted one is not used again: publish a new one.`,
    details: [{ field: 'version', message: 'was published before' }],
  })

export const nameTaken = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.name_taken',
    publicMessage: `The name ${name} belongs to another publisher. Choose another one.`,
    details: [{ field: 'name', message: 'belongs to another publisher' }],
  })

export const nameRetired = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.name_retired',
    publicMessage: `The name ${name}, or one that reads like it, belonged to a publisher that is gone. It is never used again: choose another one.`,
    details: [{ field: 'name', message: 'belonged to a publisher that is gone' }],
  })

export const nameConfusing = (name: string, other: string) =>
  new AppError({
    kind: 'invalid',
    code: 'marketplace.name_confusing',
    publicMessage: `name: ${name} is easily mistaken for ${other}, which is there already. Choose a name that differs more.`,
    details: [{ field: 'name', message: `is easily mistaken for ${other}` }],
  })

export const nameReserved = (name: string) =>
  new AppError({
    kind: 'invalid',
    code: 'marketplace.name_reserved',
    publicMessage: `name: ${name} is reserved for the platform. Choose another one.`,
    details: [{ field: 'name', message: 'is reserved for the platform' }],
  })

export const otherType = (name: string, type: ItemType) =>
  invalidField(
    'item_type',
    `${name} was published as ${type === 'agent' ? 'an agent' : 'a workflow'} before`,
  )

export const licenceUnknown = () =>
  invalidField(
    'licence',
    'must be an SPDX licence expression, such as "Apache-2.0" or "MIT OR GPL-3.0-only"',
  )

export const notHeld = (state: string) =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.not_held',
    publicMessage: `The version is ${state}; only a held one waits for a decision.`,
  })

export const notCheckable = (state: string) =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.not_checkable',
    publicMessage: `The version is ${state}; only a held one is checked again.`,
  })

export const notReleased = (state: string) =>
  new AppError({
    kind: 'not_found',
    code: 'marketplace.not_released',
    publicMessage: `The version is ${state}; only an approved one has a signed release.`,
  })

export const notReviewer = () =>
  new AppError({
    kind: 'forbidden',
    code: 'marketplace.not_reviewer',
    action: 'marketplace.review',
    publicMessage: 'Publications are reviewed by the operator of this installation.',
  })

export const notSandboxedHere = () =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.not_runnable',
    publicMessage:
      'Only agents that run in the sandbox of Cadre can be tried; this one runs elsewhere, or is a workflow.',
  })

export const neverUsed = () =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.never_used',
    publicMessage: 'Only a tenant that ran the item may rate it.',
  })

export const ownItem = () =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.own_item',
    publicMessage: 'A publisher does not rate what is its own.',
  })

export const ratingsExhausted = (retryAfterSeconds: number) =>
  new AppError({
    kind: 'limited',
    code: 'marketplace.ratings_exhausted',
    publicMessage: 'Your tenant rated often enough today. Come back tomorrow.',
    retryAfterSeconds,
  })

export const nothingToList = () =>
  new AppError({
    kind: 'conflict',
    code: 'marketplace.nothing_to_list',
    publicMessage:
      'Nothing was found under the name and version, so there is nothing to approve. Its publisher publishes the agent or workflow, and has the version checked again.',
  })

export const indexOutdated = (latest: Date) =>
  new AppError({
    kind: 'conflict',
    code: 'mirror.index_outdated',
    publicMessage: `An index of ${latest.toISOString()} was applied before, and this one is older. Synchronise the mirror again.`,
  })

/** What is stored of a version is not what was signed when it was approved. */
export const releaseCorrupt = ({ name, version }: { name: string; version: string }) =>
  new AppError({
    kind: 'internal',
    code: 'marketplace.release_corrupt',
    publicMessage: `What is stored of ${name} ${version} is not what was signed when it was approved, so it was not run.`,
  })
