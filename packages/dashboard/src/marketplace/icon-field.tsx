import type { ItemType } from '@cadre/contract'
import { ImageUp } from 'lucide-react'
import { useId, useState } from 'react'
import { Button, buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { ItemIcon } from './item-icon.tsx'

const BYTES_MAX = 32 * 1_024

/** A picture from a file, shown as lists will show it. */
export const IconField = ({
  value,
  error,
  name,
  itemType,
  onChange,
}: {
  value: string
  error: string | undefined
  name: string
  itemType: ItemType
  onChange: (icon: string) => void
}) => {
  const id = useId()
  const [problem, setProblem] = useState<string>()
  const take = (file: File | undefined) => {
    if (file === undefined) return
    if (file.type !== 'image/png' || file.size > BYTES_MAX) {
      setProblem('A PNG of 32 KiB at the most, please.')
      return
    }
    setProblem(undefined)
    const reader = new FileReader()
    reader.addEventListener('load', () => onChange(String(reader.result)))
    reader.readAsDataURL(file)
  }
  const fault = problem ?? error
  return (
    <div className="min-w-0">
      <p className="mb-1.5 flex items-baseline gap-2 text-sm font-medium">
        Icon <span className="text-xs font-normal text-faint">optional</span>
      </p>
      <div className="flex items-center gap-3">
        <ItemIcon
          key={value}
          name={name}
          itemType={itemType}
          source={value === '' ? null : value}
          size="small"
        />
        <label
          htmlFor={id}
          className={cx(buttonClass(), 'cursor-pointer has-focus-visible:outline-2')}
        >
          <ImageUp size={14} aria-hidden /> Choose a PNG
          <input
            id={id}
            type="file"
            accept="image/png"
            className="sr-only"
            onChange={(event) => take(event.target.files?.[0])}
          />
        </label>
        {value !== '' && (
          <Button look="ghost" onClick={() => onChange('')}>
            Remove
          </Button>
        )}
      </div>
      <p className={cx('mt-1.5 text-xs', fault === undefined ? 'text-faint' : 'text-bad')}>
        {fault ?? '512 × 512 pixels and 32 KiB at the most'}
      </p>
    </div>
  )
}
