import type { ExecutionResult } from '@cadre/contract'
import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { Badge } from '../ui/badge.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { formatBytes, formatDuration } from '../ui/format.ts'
import { Callout } from '../ui/notice.tsx'
import { EXECUTION_WORDS } from './task-words.ts'

export const isGood = (result: ExecutionResult) =>
  result.outcome === 'exit' && result.exit_code === 0

const sizeOf = (text: string) => new TextEncoder().encode(text).length

/** What a program printed and how it ended. */
export const ExecutionOutput = ({ result }: { result: ExecutionResult }) => {
  const isErrorFirst = result.stderr !== '' && (!isGood(result) || result.stdout === '')
  const [shown, setShown] = useState<string>(isErrorFirst ? 'stderr' : 'stdout')
  return (
    <Tabs.Root value={shown} onValueChange={setShown}>
      <div className="flex flex-wrap items-center gap-x-4 border-b border-line px-4">
        <Tabs.List aria-label="Output" className="-mb-px flex gap-4">
          {(['stdout', 'stderr'] as const).map((stream) => (
            <Tabs.Trigger
              key={stream}
              value={stream}
              className="h-10 border-b-2 border-transparent font-mono text-xs text-muted hover:text-ink data-[state=active]:border-ink data-[state=active]:text-ink"
            >
              {stream} <span className="text-faint">{formatBytes(sizeOf(result[stream]))}</span>
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <span className="ml-auto flex items-center gap-2.5 py-1.5 text-xs text-muted tabular-nums">
          <Badge tone={isGood(result) ? 'good' : 'bad'}>{endOf(result)}</Badge>
          {formatDuration(result.duration_ms)}
        </span>
      </div>
      {result.error !== null && result.outcome !== 'exit' && (
        <Callout tone="bad" className="m-3 mb-0">
          {result.error}
        </Callout>
      )}
      <Tabs.Content value="stdout">
        <CodeBlock text={result.stdout} label="Standard output" />
      </Tabs.Content>
      <Tabs.Content value="stderr">
        <CodeBlock text={result.stderr} label="Standard error" />
      </Tabs.Content>
    </Tabs.Root>
  )
}

const endOf = (result: ExecutionResult) =>
  result.exit_code === null ? EXECUTION_WORDS[result.outcome] : `exit ${result.exit_code}`
