import { CopyButton } from '../ui/copy-button.tsx'

/** Lines beyond this are left to the copy: laying out more would freeze the page. */
const LINES_SHOWN_MAX = 5_000

/** The text of a definition as its author wrote it, with line numbers. */
export const SourceView = ({ source }: { source: string }) => {
  const lines = source.replace(/\n$/, '').split('\n')
  const shown = lines.slice(0, LINES_SHOWN_MAX)
  const isCut = shown.length < lines.length
  return (
    <div className="relative">
      <div
        tabIndex={0}
        role="region"
        aria-label="Source of the definition"
        className="max-h-[70dvh] overflow-auto py-3 font-mono text-xs leading-5"
      >
        <div className="grid w-max min-w-full grid-cols-[auto_1fr]">
          <pre aria-hidden className="px-4 text-right text-faint select-none">
            {shown.map((_, index) => index + 1).join('\n')}
          </pre>
          <pre className="pr-14 [tab-size:2]">{shown.join('\n')}</pre>
        </div>
        {isCut && (
          <p className="px-4 pt-2 text-muted">
            {lines.length - shown.length} more lines: copy the text to read them.
          </p>
        )}
      </div>
      <div className="absolute top-2 right-3 rounded-md bg-surface/80">
        <CopyButton text={source} label="Copy the source" />
      </div>
    </div>
  )
}
