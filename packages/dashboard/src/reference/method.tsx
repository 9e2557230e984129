import { cx } from '../ui/cx.ts'

const TONES: Record<string, string> = {
  GET: 'text-accent',
  POST: 'text-good',
  PUT: 'text-warn',
  PATCH: 'text-warn',
  DELETE: 'text-bad',
}

export const Method = ({ method, isLarge = false }: { method: string; isLarge?: boolean }) => (
  <span
    className={cx(
      'shrink-0 font-mono font-semibold',
      isLarge ? 'text-base' : 'w-10 text-2xs',
      TONES[method] ?? 'text-muted',
    )}
  >
    {!isLarge && method === 'DELETE' ? 'DEL' : method}
  </span>
)
