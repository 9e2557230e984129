import { ShieldAlert, ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../ui/cx.ts'
import { permissionWords } from './market-words.ts'

/** One thing that an item may do, in words. */
export const PermissionItem = ({
  permission,
  mark,
}: {
  permission: string
  /** Beside it, such as that it is new. */
  mark?: ReactNode
}) => {
  const { words, object, isGrave } = permissionWords(permission)
  const Icon = isGrave ? ShieldAlert : ShieldCheck
  return (
    <li className="flex min-w-0 items-start gap-2 text-sm">
      <Icon
        size={14}
        aria-hidden
        className={cx('mt-0.75 shrink-0', isGrave ? 'text-warn' : 'text-faint')}
      />
      <span className="min-w-0 flex-1">
        {words}
        {object !== null && <code className="ml-1 font-mono text-xs">{object}</code>}
      </span>
      {mark}
    </li>
  )
}
