import { ArrowUp } from 'lucide-react'
import { formatNumberOf } from '../ui/format.ts'
import { ListFrame, type ListFrameProps } from '../ui/list-frame.tsx'
import type { useLivePages } from './use-live-pages.ts'

export interface LiveListProps<Item> extends Omit<
  ListFrameProps<Item>,
  'label' | 'list' | 'items'
> {
  /** What one item is, such as `task`. */
  noun: string
  live: ReturnType<typeof useLivePages<Item>>
}

/** A list that follows the event stream, and says what has come while somebody was reading. */
export const LiveList = <Item,>({ noun, live, ...frame }: LiveListProps<Item>) => (
  <div className="relative">
    {live.heldCount > 0 && (
      <ArrivalsPill text={formatNumberOf(live.heldCount, `new ${noun}`)} onShow={live.showHeld} />
    )}
    <ListFrame label={`${noun}s`} list={live.list} items={live.list.items} {...frame} />
  </div>
)

const ArrivalsPill = ({ text, onShow }: { text: string; onShow: () => void }) => (
  <div className="pointer-events-none sticky top-16 z-10 flex h-0 justify-center md:top-4">
    <button
      type="button"
      onClick={onShow}
      className="pointer-events-auto flex h-8 animate-pop items-center gap-1.5 rounded-full bg-accent px-3.5 text-sm font-medium text-inverse shadow-pop"
    >
      <ArrowUp size={14} aria-hidden />
      {text}
    </button>
  </div>
)
