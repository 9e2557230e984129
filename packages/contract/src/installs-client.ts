import type { Calls } from './client-calls.ts'
import type {
  Install,
  InstalledItem,
  InstallItem,
  InstallListQuery,
  Trial,
  TryVersion,
  UpdatedInstall,
  UpdateInstall,
} from './installs.ts'
import type { List } from './lists.ts'

/** The calls about what a tenant installed. */
export const installCalls = ({ call, get, post }: Calls) => ({
  installs: {
    list: (query: InstallListQuery = {}) => get<List<Install>>('/installs', query),
    get: (name: string) => get<Install>(installPath(name)),
    install: (wish: InstallItem) => post<InstalledItem>('/installs', wish),
    update: (name: string, wish: UpdateInstall = {}) =>
      post<UpdatedInstall>(`${installPath(name)}/update`, wish),
    uninstall: (name: string) => call<void>('DELETE', installPath(name)),
    /** Runs a version of the marketplace once, without installing it. */
    tryVersion: (name: string, version: string, wish: TryVersion) =>
      post<Trial>(
        `/marketplace/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/try`,
        wish,
      ),
  },
})

const installPath = (name: string): string => `/installs/${encodeURIComponent(name)}`
