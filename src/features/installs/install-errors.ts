import type { ItemType, VersionDiff } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'

export const installNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'install.not_found',
    publicMessage: 'Nothing is installed under this name.',
  })

export const installExists = ({
  name,
  item,
  version,
  range,
}: Record<'name' | 'item' | 'version' | 'range', string>) =>
  new AppError({
    kind: 'conflict',
    code: 'install.exists',
    publicMessage: `${item} ${version} is installed as ${name} already, with the range ${range}. Change it with POST /installs/${name}/update, or choose another name in "as".`,
    details: [{ field: 'as', message: 'is installed already' }],
  })

export const nameOfOwn = (name: string, type: ItemType) =>
  new AppError({
    kind: 'conflict',
    code: 'install.name_taken',
    publicMessage: `Your tenant has, or had, ${type === 'agent' ? 'an agent' : 'a workflow'} ${name} of its own. Install it under another name: say which in "as".`,
    details: [{ field: 'as', message: `${name} is, or was, your tenant’s own` }],
  })

/** Names that belong to installs are not published under. */
export const nameInstalled = (name: string) =>
  new AppError({
    kind: 'conflict',
    code: 'install.name_in_use',
    publicMessage: `${name} is installed from the marketplace, and its versions come from there. Publish under another name, or uninstall it first.`,
    details: [{ field: 'name', message: 'is installed from the marketplace' }],
  })

export const noSuchVersion = (
  item: string,
  { range, latest }: { range: string; latest: string | null },
) =>
  new AppError({
    kind: 'invalid',
    code: 'install.no_version',
    publicMessage: `range: ${item} has no version in ${range} that can be installed${latest === null ? '' : `; the latest is ${latest}`}.`,
    details: [{ field: 'range', message: 'no version that can be installed is in it' }],
  })

/** It asks for more than before, and nobody said that it may. */
export const wideningRefused = (
  { item, version }: { item: string; version: string },
  asked: readonly string[],
  diff: VersionDiff | null,
) =>
  new AppError({
    kind: 'conflict',
    code: 'install.widening',
    publicMessage: `${item} ${version} asks for ${diff === null ? '' : 'more: '}${asked.join(', ')}. Repeat the call with "accept_permissions": true if it may.`,
    details: [
      ...asked.map((permission) => ({ field: 'permissions', message: `asks for ${permission}` })),
      ...(diff === null ? [] : changesOf(diff)),
    ],
  })

const changesOf = (diff: VersionDiff) => [
  ...diff.capabilities.removed.map((name) => ({
    field: 'capabilities',
    message: `no longer offers ${name}`,
  })),
  ...(diff.input_schema === null ? [] : [{ field: 'input_schema', message: 'is different' }]),
  ...(diff.output_schema === null ? [] : [{ field: 'output_schema', message: 'is different' }]),
  ...(diff.price === null
    ? []
    : [{ field: 'price', message: `${diff.price.from} → ${diff.price.to}` }]),
]

export const changedMeanwhile = () =>
  new AppError({
    kind: 'conflict',
    code: 'install.changed_meanwhile',
    publicMessage:
      'Somebody else changed this install at the same moment. Look at it, and try again.',
  })

export const sourceMissing = () =>
  new AppError({
    kind: 'conflict',
    code: 'install.source_missing',
    publicMessage:
      'The definition of this workflow is not stored here any more, so it cannot be installed.',
  })
