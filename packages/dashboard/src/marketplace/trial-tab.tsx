import type { Json, MarketplaceVersion, Trial } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { formatDuration } from '../ui/format.ts'
import { Callout, FormError } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { PayloadField, payloadOf, readPayload } from '../ui/payload-field.tsx'

/** Runs this very version once in the sandbox, before one installs it. */
export const TrialTab = ({ version }: { version: MarketplaceVersion }) => {
  const [payload, setPayload] = useState(() => payloadOf(version.examples[0]?.input))
  const input = readPayload(payload)
  const trial = useMutation({
    mutationFn: () =>
      api.installs.tryVersion(version.name, version.version, {
        ...(input.isValid && input.value !== undefined && { input: input.value as Json }),
      }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (input.isValid) trial.mutate()
  }
  return (
    <div className="grid gap-4">
      <Panel title={`Try ${version.version}`}>
        <form onSubmit={submit} noValidate className="grid gap-3 p-4">
          <PayloadField value={payload} onChange={setPayload} rows={8} />
          {version.examples.length > 0 && (
            <div className="flex flex-wrap items-center gap-1.5">
              <span className="text-xs text-faint">Examples</span>
              {version.examples.map((example, index) => (
                <Button
                  key={index}
                  size="small"
                  onClick={() => setPayload(payloadOf(example.input))}
                  className="max-w-full font-normal"
                >
                  <span className="truncate">{example.title}</span>
                </Button>
              ))}
            </div>
          )}
          <FormError error={trial.error} />
          <div className="flex flex-wrap items-center justify-end gap-3">
            <p className="min-w-0 flex-1 basis-56 text-xs text-faint">
              Runs once, for ten seconds at the most. Nothing is installed, kept or counted.
            </p>
            <Button type="submit" look="primary" disabled={!input.isValid} isBusy={trial.isPending}>
              <Play size={13} aria-hidden /> Run
            </Button>
          </div>
        </form>
      </Panel>
      <div role="status">{trial.data !== undefined && <Ended trial={trial.data} />}</div>
    </div>
  )
}

const Ended = ({ trial }: { trial: Trial }) => {
  const isGood = trial.error === null && trial.exit_code === 0
  return (
    <Panel
      title="Output"
      aside={
        <span className="flex items-center gap-2.5 pr-2 text-xs text-muted tabular-nums">
          <Badge tone={isGood ? 'good' : 'bad'}>
            {trial.exit_code === null ? 'stopped' : `exit ${trial.exit_code}`}
          </Badge>
          {formatDuration(trial.duration_ms)}
        </span>
      }
    >
      {trial.error !== null && (
        <Callout tone="bad" className="m-3 mb-0">
          {trial.error}
        </Callout>
      )}
      <CodeBlock text={trial.stdout} label="Standard output" />
      {trial.stderr !== '' && (
        <div className="border-t border-line">
          <CodeBlock text={trial.stderr} label="Standard error" className="text-bad" />
        </div>
      )}
    </Panel>
  )
}
