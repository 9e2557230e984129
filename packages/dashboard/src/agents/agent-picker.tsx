import type { Agent } from '@cadre/contract'
import type { ReactNode } from 'react'
import { api } from '../api/client.ts'
import type { FieldControl } from '../ui/field.tsx'
import { Picker, type PickerSource } from '../ui/picker.tsx'

export interface AgentPickerProps {
  value: Agent | null
  onChange: (agent: Agent | null) => void
  placeholder: string
  /** Offers a way back to no agent, named so. */
  clearLabel?: string
  trigger?: ReactNode
  control?: FieldControl
}

const SHOWN_MAX = 30

const AGENTS: PickerSource<Agent> = {
  noun: 'agent',
  queryKey: ['agents', 'search', SHOWN_MAX],
  search: async (text) => (await api.agents.search(text, SHOWN_MAX)).agents,
  idOf: ({ id }) => id,
  nameOf: ({ name }) => name,
  versionOf: ({ version }) => version,
}

/** Chooses an agent by typing part of its name. */
export const AgentPicker = ({ value, onChange, ...rest }: AgentPickerProps) => (
  <Picker {...rest} source={AGENTS} chosen={value} onChoose={onChange} />
)
