import type { InstalledItem } from '@cadre/contract'
import { TriangleAlert } from 'lucide-react'
import { Callout } from '../ui/notice.tsx'

/** What one should know after something was installed or updated. */
export const InstallOutcome = ({
  outcome: { warnings, missing },
}: {
  outcome: Pick<InstalledItem, 'warnings' | 'missing'>
}) => (
  <>
    {warnings.map((warning) => (
      <Callout
        key={warning}
        tone="warn"
        icon={<TriangleAlert size={15} aria-hidden className="text-warn" />}
      >
        {warning}
      </Callout>
    ))}
    {missing.length > 0 && (
      <Callout tone="warn" icon={<TriangleAlert size={15} aria-hidden className="text-warn" />}>
        <p>Its steps name what your tenant does not have yet:</p>
        <ul className="mt-1.5 grid gap-1">
          {missing.map(({ kind, name, hint }) => (
            <li key={`${kind} ${name}`}>
              {kind} <code className="font-mono text-xs">{name}</code>{' '}
              <span className="text-muted">{hint}</span>
            </li>
          ))}
        </ul>
      </Callout>
    )}
  </>
)
