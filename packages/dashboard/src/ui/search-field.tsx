import { Search } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { cx } from './cx.ts'
import { TextInput } from './field.tsx'

export interface SearchFieldProps {
  label: string
  value: string
  onChange: (text: string) => void
  /** How long the fingers must rest before `onChange` hears of it. Default 0. */
  restMs?: number
  className?: string
}

const LENGTH_MAX = 200

/**
 * The page's search field, which `/` focuses. It keeps what is typed to itself and tells it on
 * later, so that letters are never lost while `value` takes its way through the address.
 */
export const SearchField = ({
  label,
  value,
  onChange,
  restMs = 0,
  className,
}: SearchFieldProps) => {
  const [text, setText] = useState(value)
  const tell = useEffectEvent(() => {
    if (text !== value) onChange(text)
  })
  useEffect(() => {
    const timer = setTimeout(() => tell(), restMs)
    return () => clearTimeout(timer)
  }, [text, restMs])
  useEffect(() => setText(value), [value])
  return (
    <span className={cx('relative block', className)}>
      <Search
        size={14}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
      />
      <TextInput
        type="search"
        aria-label={label}
        placeholder={label}
        maxLength={LENGTH_MAX}
        data-page-search
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </span>
  )
}
