import type { Json, RunDetail } from '@cadre/contract'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { Panel } from '../ui/panel.tsx'
import { isRunOver } from './run-words.ts'

/** What the run is about, what its steps share, and what it answers. */
export const RunData = ({ run }: { run: RunDetail }) => (
  <div className="grid gap-5">
    <DataPanel title="Context" value={run.context} empty="It was triggered without a context." />
    <DataPanel title="Shared payload" value={run.payload} empty="Its steps share nothing." />
    <DataPanel
      title="Output"
      value={run.output}
      empty={isRunOver(run.status) ? 'It ended without output.' : 'It appears when the run ends.'}
    />
  </div>
)

const DataPanel = ({ title, value, empty }: { title: string; value: Json; empty: string }) => (
  <Panel title={title}>
    {value === null || isEmptyObject(value) ? (
      <p className="px-4 py-6 text-sm text-faint">{empty}</p>
    ) : (
      <CodeBlock text={prettyJson(value)} label={title} />
    )}
  </Panel>
)

const isEmptyObject = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
