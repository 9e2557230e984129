import type { Calls } from './client-calls.ts'
import type { MarketplaceChanges, MarketplaceChangesQuery, Mirrored } from './mirror.ts'
import type { SignedEnvelope } from './signed-envelope.ts'

type Send = (method: string, path: string, body?: unknown) => Promise<Response>

/** The calls that carry one marketplace to another. */
export const mirrorCalls = ({ get, send }: Pick<Calls, 'get'> & { send: Send }) => ({
  mirror: {
    changes: (query: MarketplaceChangesQuery = {}) =>
      get<MarketplaceChanges>('/marketplace/changes', query),
    index: () => get<SignedEnvelope>('/marketplace/index'),
    /** The binary of an agent or the definition of a workflow, as a stream. */
    artefactRaw: (name: string, version: string) =>
      send(
        'GET',
        `/marketplace/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/artefact`,
      ),
    /** `form`: fields payload_type, payload, signature, key_id; for a release its file `binary`. */
    load: async (form: FormData) =>
      (await (await send('POST', '/marketplace/mirrored', form)).json()) as Mirrored,
  },
})
