import { KeyRound } from 'lucide-react'
import { CopyButton } from '../ui/copy-button.tsx'
import { Callout } from '../ui/notice.tsx'

/** A key that is shown once. */
export const SecretKey = ({ value }: { value: string }) => (
  <div className="grid gap-3">
    <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 font-mono text-xs break-all select-all">{value}</code>
      <CopyButton text={value} label="Copy the key" />
    </div>
    <Callout tone="warn" icon={<KeyRound size={15} className="text-warn" aria-hidden />}>
      This is the only time it is shown. Cadre keeps a hash of it and cannot tell it again.
    </Callout>
  </div>
)
