import type { PublishedAgent } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { api, fieldErrors, uploadClient } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { Segments } from '../ui/segments.tsx'
import { notify } from '../ui/toast.tsx'
import { AgentFieldset } from './agent-fieldset.tsx'
import { EMPTY_AGENT, fieldsOf, formOf, nameFromFile, type AgentDraft } from './agent-draft.ts'
import { FileDrop } from './file-drop.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'

/** Fields of the body that say their own faults. */
const FIELDS = ['binary', 'name', 'version', 'description', 'capabilities', 'price']

export const PublishDialog = ({ onClose }: { onClose: () => void }) => {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [draft, setDraft] = useState<AgentDraft>(EMPTY_AGENT)
  const [problem, setProblem] = useState<string | null>(null)
  const [progress, setProgress] = useState(0)
  const upload = useRef(new AbortController())
  useEffect(() => {
    const controller = new AbortController()
    upload.current = controller
    return () => controller.abort()
  }, [])
  const change = (part: Partial<AgentDraft>) => setDraft((last) => ({ ...last, ...part }))

  const publish = useMutation({
    mutationFn: (): Promise<PublishedAgent> => {
      if (draft.runtime === 'remote')
        return api.agents.register({ ...fieldsOf(draft), runtime: 'remote' })
      return uploadClient(setProgress, upload.current.signal).agents.publish(formOf(draft))
    },
    onMutate: () => setProgress(0),
    onSuccess: async (agent) => {
      await cache.invalidateQueries({ queryKey: ['agents'] })
      if (agent.key === undefined) open(agent)
    },
  })
  const open = (agent: PublishedAgent) => {
    notify(`${agent.name} ${agent.version} is published`)
    onClose()
    void navigate({ to: '/agents/$agentId', params: { agentId: agent.id } })
  }

  const submit = () => {
    const isFileMissing = draft.runtime === 'wasm' && draft.file === null
    setProblem(isFileMissing ? 'Choose the program first.' : null)
    if (!isFileMissing) publish.mutate()
  }

  const published = publish.data
  if (published?.key !== undefined)
    return <KeyOnce agent={published} onDone={() => open(published)} />
  const errors = fieldErrors(publish.error)
  return (
    <FormDialog
      onClose={onClose}
      title="Publish an agent"
      className="max-w-xl"
      submitLabel={draft.runtime === 'wasm' ? 'Publish' : 'Register'}
      sent={publish}
      fields={FIELDS}
      onSubmit={submit}
    >
      <Segments
        label="Kind of agent"
        value={draft.runtime}
        onChange={(runtime) => change({ runtime })}
        segments={[
          { value: 'wasm', label: 'WASM program' },
          { value: 'remote', label: 'Runs elsewhere' },
        ]}
        className="justify-self-start"
      />
      {draft.runtime === 'wasm' ? (
        <FileDrop
          file={draft.file}
          error={problem ?? errors['binary']}
          progress={publish.isPending ? progress : null}
          onFile={(file) => change({ file, name: draft.name || nameFromFile(file.name) })}
        />
      ) : (
        <p className="text-sm text-muted">
          An agent of your own, in any language, on any machine. It signs in with a key of its own,
          receives tasks over HTTP and reports back.
        </p>
      )}
      <AgentFieldset draft={draft} change={change} errors={errors} />
    </FormDialog>
  )
}

const KeyOnce = ({ agent, onDone }: { agent: PublishedAgent; onDone: () => void }) => (
  <Dialog
    isOpen
    onClose={onDone}
    dismissedBy="nothing"
    title={`${agent.name} is registered`}
    description="Give the agent this key. It signs in with it."
  >
    <ShownOnce value={agent.key ?? ''} />
    <div className="mt-5 flex justify-end">
      <Button look="primary" onClick={onDone}>
        I have copied it
      </Button>
    </div>
  </Dialog>
)
