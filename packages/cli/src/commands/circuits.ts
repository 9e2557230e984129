import type { Circuit } from '@cadre/contract'
import { showTable } from '../list-display.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'

/** `cadre circuits` */
export const listCircuits: Action = async ({ client, terminal }) => {
  const { items } = await client.circuits.list()
  if (terminal.isJson) return terminal.document({ items })
  showTable(terminal, items, COLUMNS)
}

/** `cadre circuit reset NAME` */
export const resetCircuit: Action<[name: string]> = async ({ client, terminal }, [name]) => {
  const circuit = await client.circuits.reset(name)
  if (terminal.isJson) return terminal.document(circuit)
  terminal.line(`Circuit ${printable(circuit.name)} is tried now; it is ${circuit.state}.`)
}

const COLUMNS: Column<Circuit>[] = [
  { title: 'CIRCUIT', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'DETAIL', value: ({ detail }) => detail, isFlexible: true },
]
