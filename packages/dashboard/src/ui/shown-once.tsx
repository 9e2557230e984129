import { KeyRound } from 'lucide-react'
import { CopyButton } from './copy-button.tsx'
import { Callout } from './notice.tsx'

/** A key or a link that is shown this once. */
export const ShownOnce = ({
  value,
  noun = 'key',
}: {
  value: string
  noun?: 'key' | 'link' | 'token'
}) => (
  <div className="grid gap-3">
    <SecretLine value={value} noun={noun} />
    <Callout tone="warn" icon={<KeyRound size={15} className="text-warn" aria-hidden />}>
      This is the only time it is shown. Cadre keeps a hash of it and cannot tell it again.
    </Callout>
  </div>
)

/** A value to be kept, and a way to copy it. */
export const SecretLine = ({ value, noun }: { value: string; noun: string }) => (
  <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3">
    <code className="min-w-0 flex-1 font-mono text-xs break-all select-all">{value}</code>
    <CopyButton text={value} label={`Copy the ${noun}`} />
  </div>
)
