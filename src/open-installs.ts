import { createInstallService, installRoutes } from './features/installs/index.ts'
import { createOffers } from './features/marketplace/index.ts'

type Parts = Omit<Parameters<typeof createInstallService>[0], 'offers'>

/** What tenants install from the marketplace. */
export const openInstalls = (parts: Parts) => {
  const offers = createOffers(parts.db)
  const installs = createInstallService({ ...parts, offers })
  return { router: () => installRoutes({ installs, offers }) }
}
