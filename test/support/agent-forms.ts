import type { Client, PublishedAgent } from '@cadre/contract'

/** The upload form in the field order that clients use: texts first, the file last. */
export const agentForm = (
  fields: Record<string, string>,
  binary: Uint8Array,
  fileName = 'agent.wasm',
): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('binary', new Blob([new Uint8Array(binary)]), fileName)
  return form
}

/** Publishes a WASM agent under `name`. */
export const publishWasm = (
  client: Client,
  name: string,
  binary: Uint8Array,
): Promise<PublishedAgent> => client.agents.publish(agentForm({ name, version: '1.0.0' }, binary))

/** Registers a remote agent under `name` and answers it with its key. */
export const registerRemote = async (
  client: Client,
  name: string,
  capabilities: string[] = [],
): Promise<PublishedAgent & { key: string }> => {
  const agent = await client.agents.register({ name, runtime: 'remote', capabilities })
  if (agent.key === undefined) throw new Error('A registration answers a key')
  return { ...agent, key: agent.key }
}
