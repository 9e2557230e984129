import type { Agent } from '@cadre/contract'

/** An agent while it is being published; texts as they stand in their fields. */
export interface AgentDraft {
  runtime: Agent['runtime']
  file: File | null
  name: string
  version: string
  description: string
  capabilities: string
  price: string
}

export const EMPTY_AGENT: AgentDraft = {
  runtime: 'wasm',
  file: null,
  name: '',
  version: '1.0.0',
  description: '',
  capabilities: '',
  price: '',
}

export const fieldsOf = (draft: AgentDraft) => ({
  name: draft.name.trim(),
  version: draft.version.trim(),
  description: draft.description.trim(),
  capabilities: draft.capabilities.split(/[\s,]+/).filter((name) => name !== ''),
  price: draft.price.trim() || '0',
})

/** The multipart body: fields first, the file last, so that the server can stream it. */
export const formOf = (draft: AgentDraft): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fieldsOf(draft)))
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  if (draft.file !== null) form.set('binary', draft.file)
  return form
}

/** `Word Count_v2.wasm` suggests `word-count-v2`. */
export const nameFromFile = (fileName: string): string =>
  fileName
    .replace(/\.wasm$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)
