import { useQuery } from '@tanstack/react-query'
import { api, isNotFound } from '../api/client.ts'
import { draftOf, type PublishDraft, type Source } from './publish-draft.ts'

/** What the form begins with. Asked for once: what is written is not to be lost. */
export const usePublishDraft = (chosen: Pick<Source, 'type' | 'name' | 'version'>) =>
  useQuery({
    queryKey: ['publish-draft', chosen],
    queryFn: async (): Promise<{ source: Source; draft: PublishDraft }> => {
      const [source, last] = await Promise.all([sourceOf(chosen), lastListed(chosen.name)])
      return { source, draft: draftOf(source, last) }
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

const sourceOf = async (chosen: Pick<Source, 'type' | 'name' | 'version'>): Promise<Source> => {
  const reference = `${chosen.name}@${chosen.version}`
  if (chosen.type === 'workflow') {
    const { description } = await api.workflows.get(reference)
    return { ...chosen, description, capabilities: [], price: '0', examples: [] }
  }
  const { description, capabilities, price, examples } = await api.agents.get(reference)
  return { ...chosen, description, capabilities, price, examples }
}

/** What the name was listed with last; null where it is new. */
const lastListed = (name: string) =>
  api.marketplace.get(name).catch((error: unknown) => {
    if (isNotFound(error)) return null
    throw error
  })
