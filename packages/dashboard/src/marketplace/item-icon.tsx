import type { ItemType } from '@cadre/contract'
import { useState } from 'react'
import { cx } from '../ui/cx.ts'

const SIZES = { small: 'size-9 text-sm', medium: 'size-11 text-base', large: 'size-16 text-xl' }

/** Faces for items without an icon, told apart by their names. */
const FACES = [
  'bg-accent-soft text-accent',
  'bg-good-soft text-good',
  'bg-warn-soft text-warn',
  'bg-selected text-muted',
] as const

const faceOf = (name: string): string =>
  FACES[[...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % FACES.length] ??
  FACES[0]

/** An item's picture, or the first letters of its name. */
export const ItemIcon = ({
  name,
  itemType,
  source,
  size = 'medium',
}: {
  name: string
  itemType: ItemType
  /** Address of a picture; null without one. */
  source: string | null
  size?: keyof typeof SIZES
}) => {
  const [isBroken, setBroken] = useState(false)
  const shape = cx(SIZES[size], 'shrink-0', itemType === 'agent' ? 'rounded-xl' : 'rounded-full')
  if (source !== null && !isBroken)
    return (
      <img
        src={source}
        alt=""
        loading="lazy"
        decoding="async"
        onError={() => setBroken(true)}
        className={cx(shape, 'border border-line bg-surface object-contain')}
      />
    )
  return (
    <span
      aria-hidden
      className={cx(shape, 'grid place-items-center font-semibold select-none', faceOf(name))}
    >
      {lettersOf(name)}
    </span>
  )
}

/** `unit-convert` → `UC`, `checksum` → `C`. */
const lettersOf = (name: string): string =>
  name
    .split('-')
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('')

/** Where the picture of a listed item is. */
export const iconAddress = ({ name, has_icon }: { name: string; has_icon: boolean }) =>
  has_icon ? `/api/v1/marketplace/${encodeURIComponent(name)}/icon` : null
