import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import { decidesByObject, isPermitted } from './authorise.ts'
import type { Resource } from './resource.ts'

/** Pages read for one answer where most of what they hold may not be seen. */
const PAGES_MAX = 20

export interface PageRequest<Item, Place> {
  limit: number
  after: Place | null
  /** Up to `limit + 1` items behind a place: one more says that there are more. */
  fetch: (after: Place | null) => Promise<readonly Item[]>
  placeOf: (item: Item) => Place
  resourcesOf: (items: readonly Item[]) => readonly Resource[] | Promise<readonly Resource[]>
}

export interface PermittedPage<Item, Place> {
  items: Item[]
  /** Where the next page begins; null on the last one. */
  next: Place | null
}

/**
 * One page of what the principal may see. Where that is decided alike for all, it is the page as
 * it is; otherwise what may not be seen is passed over, for a bounded number of pages, so that a
 * page may be short and yet not the last.
 */
export const permittedPage = async <Item, Place>(
  principal: Principal,
  action: Action,
  { limit, after, fetch, placeOf, resourcesOf }: PageRequest<Item, Place>,
): Promise<PermittedPage<Item, Place>> => {
  const isChosen = decidesByObject(principal, action)
  const items: Item[] = []
  let place = after
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await fetch(place)
    const shown = found.slice(0, limit)
    const resources = isChosen ? await resourcesOf(shown) : null
    for (const [index, item] of shown.entries()) {
      if (items.length === limit) return { items, next: place }
      place = placeOf(item)
      const resource = resources?.[index]
      if (resources === null || (resource && isPermitted(principal, action, resource)))
        items.push(item)
    }
    if (found.length <= limit) return { items, next: null }
    if (items.length === limit) return { items, next: place }
  }
  return { items, next: place }
}
