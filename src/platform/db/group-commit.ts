import { AppError, unavailable } from '../errors.ts'

export interface GroupCommitOptions<Item, Result> {
  /** Names the group in errors, such as `tasks.create`. */
  name: string
  /** Writes all items in one statement or transaction; answers one result per item, in order. */
  flush: (items: Item[]) => Promise<Result[]>
  /** Items of one flush at the most. */
  itemsMax: number
  /** Characters that an item makes the database read, where that may be many. */
  sizeOf?: (item: Item) => number
  /** Flushes under way at the same time at the most. */
  flushesMax: number
  /**
   * Least time between the starts of two flushes, in ms (default 0). A lone caller after a quiet
   * time never waits; a busy stream forms larger groups, which cost the database less per item.
   */
  gatherMs?: number
  /** Items waiting at the most; beyond it callers get `unavailable` instead of a longer queue. */
  waitingMax: number
}

/** Characters of one flush at the most, unless a single item has more. */
const GROUP_SIZE_MAX = 1_048_576

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Lets concurrent callers share one write. A lone caller goes out at the end of the current turn
 * of the event loop; while flushes are under way, those who come later gather and go together.
 * A group that fails is tried again in halves, so that only the culprit is refused.
 */
export const createGroupCommit = <Item, Result>(options: GroupCommitOptions<Item, Result>) => {
  let waiting: Waiting<Item, Result>[] = []
  let flushes = 0
  let isScheduled = false
  let flushedAtMs = Number.NEGATIVE_INFINITY

  const schedule = () => {
    if (isScheduled || waiting.length === 0 || flushes >= options.flushesMax) return
    isScheduled = true
    const restMs = flushedAtMs + (options.gatherMs ?? 0) - performance.now()
    if (restMs > 0 && waiting.length < options.itemsMax) setTimeout(flushNext, restMs)
    else setImmediate(flushNext)
  }
  const flushNext = () => {
    isScheduled = false
    flushedAtMs = performance.now()
    const count = countOfGroup()
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    void settle(group)
    schedule()
  }
  /** As many as may go together; a large one goes alone, so that others get their turn between. */
  const countOfGroup = (): number => {
    const { itemsMax, sizeOf } = options
    if (sizeOf === undefined) return itemsMax
    let size = 0
    const end = waiting.slice(0, itemsMax).findIndex(({ item }, index) => {
      size += sizeOf(item)
      return index > 0 && size > GROUP_SIZE_MAX
    })
    return end === -1 ? itemsMax : end
  }
  const settle = async (group: Waiting<Item, Result>[]) => {
    flushes++
    try {
      await write(group)
    } finally {
      flushes--
      schedule()
    }
  }
  const write = async (group: Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await options.flush(group.map(({ item }) => item))
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result)
    } catch (error) {
      if (group.length === 1 || isOutage(error)) for (const { reject } of group) reject(error)
      else for (const half of halvesOf(group)) await write(half)
    }
  }

  return (item: Item): Promise<Result> => {
    if (waiting.length >= options.waitingMax)
      return Promise.reject(
        unavailable(`${options.name}.overloaded`, 'Too many requests are waiting. Try again.'),
      )
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      schedule()
    })
  }
}

const halvesOf = <Item>(group: readonly Item[]): [Item[], Item[]] => {
  const middle = Math.ceil(group.length / 2)
  return [group.slice(0, middle), group.slice(middle)]
}

/** Nobody's item is to blame, and whether the group was written is unknown. */
const isOutage = (error: unknown) => error instanceof AppError && error.kind === 'unavailable'
