import { useState } from 'react'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { cx } from './cx.ts'

/** Text beyond this is folded: laying out megabytes would freeze the page. */
const SHOWN_CHARACTERS_MAX = 20_000

/** Program text, input or output, exactly as it is, with a way to copy all of it. */
export const CodeBlock = ({
  text,
  label,
  className = 'max-h-120',
}: {
  text: string
  label: string
  /** Its greatest height, among others. */
  className?: string
}) => {
  const [isWhole, setWhole] = useState(false)
  const isFolded = !isWhole && text.length > SHOWN_CHARACTERS_MAX
  return (
    <div className="group/code relative">
      <pre
        tabIndex={0}
        aria-label={label}
        className={cx(
          'overflow-auto p-4 pr-12 font-mono text-xs leading-5 wrap-anywhere whitespace-pre-wrap',
          className,
        )}
      >
        {isFolded ? text.slice(0, SHOWN_CHARACTERS_MAX) : text}
        {text === '' && <span className="text-faint">(nothing)</span>}
      </pre>
      <div className="absolute top-2 right-2 rounded-md bg-surface/80">
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
      {isFolded && (
        <div className="border-t border-line p-2 text-center">
          <Button size="small" look="ghost" onClick={() => setWhole(true)}>
            Show all {text.length.toLocaleString('en')} characters
          </Button>
        </div>
      )}
    </div>
  )
}

/** JSON laid out for reading; a string is shown as itself. */
export const prettyJson = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2)
