import type { Calls } from './client-calls.ts'
import type { List } from './lists.ts'
import type { RegistryKey, TrustKey } from './registry.ts'

/** The calls about keys that sign what the marketplace lists. */
export const registryCalls = ({ call, get, post }: Calls) => ({
  registry: {
    keys: () => get<List<RegistryKey>>('/marketplace/keys'),
    trust: (key: TrustKey) => post<RegistryKey>('/marketplace/keys', key),
    revoke: (id: string) => call<void>('DELETE', `/marketplace/keys/${encodeURIComponent(id)}`),
    /** Answers the key that signs from now on. */
    rotate: () => post<RegistryKey>('/marketplace/keys/rotate'),
  },
})
