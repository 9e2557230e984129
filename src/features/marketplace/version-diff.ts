import { isDeepStrictEqual } from 'node:util'
import type { Release, VersionDiff } from '@cadre/contract'
import type { VersionRecord } from './item.ts'

/** What of a version is compared. */
type Compared = Pick<
  VersionRecord,
  | 'name'
  | 'version'
  | 'permissions'
  | 'capabilities'
  | 'inputSchema'
  | 'outputSchema'
  | 'price'
  | 'licence'
  | 'description'
  | 'image'
> & { artefact: { sha256: string | null } | null }

/** What is different between two releases. */
export const diffOfReleases = (from: Release, to: Release): VersionDiff =>
  diffOf(comparedOf(from), comparedOf(to))

const comparedOf = (release: Release): Compared => ({
  ...release,
  inputSchema: release.input_schema,
  outputSchema: release.output_schema,
  image: release.artefact.image ?? null,
})

/** What is different in `to`. */
export const diffOf = (from: Compared, to: Compared): VersionDiff => {
  const permissions = setChange(from.permissions ?? [], to.permissions ?? [])
  return {
    name: to.name,
    from: from.version,
    to: to.version,
    is_widening: permissions.added.length > 0,
    permissions,
    capabilities: setChange(from.capabilities, to.capabilities),
    input_schema: change(from.inputSchema, to.inputSchema),
    output_schema: change(from.outputSchema, to.outputSchema),
    price: change(from.price, to.price),
    licence: change(from.licence, to.licence),
    description: change(from.description, to.description),
    image: change(from.image, to.image),
    sha256: change(from.artefact?.sha256 ?? null, to.artefact?.sha256 ?? null),
  }
}

const setChange = (from: readonly string[], to: readonly string[]) => ({
  added: to.filter((value) => !from.includes(value)),
  removed: from.filter((value) => !to.includes(value)),
})

const change = <Value>(from: Value, to: Value) =>
  isDeepStrictEqual(from, to) ? null : { from, to }
