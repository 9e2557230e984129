import { FileCode2, Upload } from 'lucide-react'
import { useState, type DragEvent } from 'react'
import { cx } from '../ui/cx.ts'
import { formatBytes } from '../ui/format.ts'

/** A place to drop a program, which is also a file button for keyboards and phones. */
export const FileDrop = ({
  file,
  error,
  progress,
  onFile,
}: {
  file: File | null
  error: string | undefined
  /** Sent fraction of 1 while uploading, else null. */
  progress: number | null
  onFile: (file: File) => void
}) => {
  const [isOver, setOver] = useState(false)
  const take = (files: FileList | null) => {
    const [first] = files ?? []
    if (first !== undefined) onFile(first)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  return (
    <div>
      <label
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={cx(
          'relative flex cursor-pointer items-center gap-3.5 overflow-hidden rounded-xl border border-dashed px-4 py-5 transition-colors hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent',
          isOver ? 'border-accent bg-accent-soft' : 'border-control',
          error !== undefined && 'border-bad',
        )}
      >
        <input
          type="file"
          accept=".wasm,application/wasm"
          aria-label="Program file"
          aria-invalid={error === undefined ? undefined : true}
          onChange={(event) => take(event.target.files)}
          className="absolute inset-0 cursor-pointer opacity-0"
        />
        <span className="grid size-10 shrink-0 place-items-center rounded-lg border border-line bg-surface text-muted">
          {file === null ? <Upload size={18} aria-hidden /> : <FileCode2 size={18} aria-hidden />}
        </span>
        <span className="min-w-0 text-sm">
          <span className="block truncate font-medium">
            {file === null ? 'Drop a .wasm file here, or choose one' : file.name}
          </span>
          <span className="block text-xs text-muted tabular-nums">
            {file === null
              ? 'A WASI preview 1 command: reads standard input, writes standard output'
              : formatBytes(file.size)}
            {progress !== null && ` · ${progressWords(progress)}`}
          </span>
        </span>
        {progress !== null && (
          <progress
            aria-label="Upload"
            value={progress}
            className="absolute inset-x-0 bottom-0 block h-1 w-full appearance-none bg-transparent [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-selected [&::-webkit-progress-value]:bg-accent"
          />
        )}
      </label>
      {error !== undefined && <p className="mt-1.5 text-xs text-bad">{error}</p>}
    </div>
  )
}

const progressWords = (progress: number) =>
  progress < 1 ? `${Math.round(progress * 100)} % sent` : 'being checked'
