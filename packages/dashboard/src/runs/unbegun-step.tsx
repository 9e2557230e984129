import type { RunDetail } from '@cadre/contract'
import { Chip } from '../ui/badge.tsx'
import { Facts } from '../ui/panel.tsx'
import type { GraphStep } from './graph-model.ts'
import { isRunOver } from './run-words.ts'

/** What is known of a step before it begins to matter: what its definition says. */
export const UnbegunStep = ({
  run,
  graphStep,
}: {
  /** Left out in the graph of a definition. */
  run?: RunDetail
  graphStep: GraphStep | undefined
}) => {
  const definition = graphStep?.definition ?? null
  return (
    <>
      {run !== undefined && (
        <p className="px-4 py-4 text-sm text-muted">
          {isRunOver(run.status)
            ? 'The run ended before this began.'
            : 'It begins when what it needs has ended.'}
        </p>
      )}
      {definition !== null && (
        <Facts
          facts={[
            ['Needs', <Names key="needs" names={definition.needs} />],
            ...(definition.subject === null
              ? []
              : [['Works', <Chip key="subject">{definition.subject}</Chip>] as const]),
            ...(definition.when === null
              ? []
              : [['Only if', <Chip key="when">{definition.when}</Chip>] as const]),
            ['Can be undone', definition.hasUndo ? 'Yes' : 'No'],
          ]}
        />
      )}
    </>
  )
}

const Names = ({ names }: { names: readonly string[] }) =>
  names.length === 0 ? (
    'Nothing'
  ) : (
    <span className="flex flex-wrap justify-end gap-1">
      {names.map((name) => (
        <Chip key={name}>{name}</Chip>
      ))}
    </span>
  )
