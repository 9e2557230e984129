import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from './button.tsx'
import { notify } from './toast.tsx'

const CONFIRM_MS = 1_500

/** Copies `text` and says so. Without clipboard access (plain HTTP) it tells what to do instead. */
export const CopyButton = ({ text, label = 'Copy' }: { text: string; label?: string }) => {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS)
    return () => clearTimeout(timer)
  }, [isCopied])

  const copy = () =>
    copyText(text).then(
      () => setCopied(true),
      () => notify('The browser refused the clipboard. Select the text and copy it by hand.'),
    )
  return (
    <IconButton size="small" label={isCopied ? 'Copied' : label} onClick={() => void copy()}>
      {isCopied ? (
        <Check size={14} className="text-good" aria-hidden />
      ) : (
        <Copy size={14} aria-hidden />
      )}
    </IconButton>
  )
}

const copyText = async (text: string) => {
  if (navigator.clipboard === undefined) throw new Error('No clipboard outside secure contexts')
  await navigator.clipboard.writeText(text)
}
