import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { usePages } from '../ui/paged-list.ts'

export const INSTALLS_KEY = ['installs'] as const
const FOUND_MAX = 100

export const useInstalls = () =>
  usePages([...INSTALLS_KEY, 'list'], (cursor) => api.installs.list({ limit: 50, cursor }))

/** Under which names the tenant has an item; of many installs, the first are looked at. */
export const useInstallsOf = (item: string) => {
  const may = useMay()
  const found = useQuery({
    queryKey: [...INSTALLS_KEY, 'first'],
    queryFn: () => api.installs.list({ limit: FOUND_MAX }),
    enabled: may('install.read'),
  })
  return found.data?.items.filter((install) => install.item === item) ?? []
}
