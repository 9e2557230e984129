import type { Agent } from '@cadre/contract'
import type { ReactNode } from 'react'
import { Chip } from '../ui/badge.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatBytes, formatMoment, formatMoney } from '../ui/format.ts'
import { Ago } from '../ui/time.tsx'
import { RUNTIME_WORDS } from './agent-status.tsx'

type Fact = readonly [string, ReactNode]

export const agentFacts = (agent: Agent): readonly Fact[] => [
  ['Runtime', RUNTIME_WORDS[agent.runtime]],
  [
    'Version',
    <code key="version" className="font-mono text-xs">
      {agent.version}
    </code>,
  ],
  ['Owner', agent.owner],
  ['Price', Number(agent.price) === 0 ? 'Free' : `${formatMoney(agent.price)} per task`],
  ['Can do', <Capabilities key="capabilities" names={agent.capabilities} />],
  ...(agent.binary_bytes === null ? [] : [['Size', formatBytes(agent.binary_bytes)] as Fact]),
  ...(agent.binary_sha256 === null
    ? []
    : [['SHA-256', <Digest key="digest" digest={agent.binary_sha256} />] as Fact]),
  ['Last seen', agent.last_seen_at === null ? 'never' : <Ago key="seen" at={agent.last_seen_at} />],
  ['Published', formatMoment(agent.created_at)],
]

const Capabilities = ({ names }: { names: readonly string[] }) =>
  names.length === 0 ? (
    '–'
  ) : (
    <span className="flex flex-wrap justify-end gap-1">
      {names.map((name) => (
        <Chip key={name}>{name}</Chip>
      ))}
    </span>
  )

const Digest = ({ digest }: { digest: string }) => (
  <span className="-my-1 flex items-center justify-end gap-1">
    <code className="font-mono text-xs" title={digest}>
      {digest.slice(0, 12)}…
    </code>
    <CopyButton text={digest} label="Copy the digest" />
  </span>
)
