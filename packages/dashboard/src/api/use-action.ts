import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notify } from '../ui/toast.tsx'
import { messageOf } from './client.ts'

export interface ActionOptions {
  /** Said in a toast when it is done. */
  done?: string
  /** Keys of what is shown otherwise afterwards. */
  touches: readonly (readonly unknown[])[]
  onDone?: () => void
  /** The fault is said where the form is, not in a toast. */
  saysFaultItself?: boolean
}

/** What a person does at the press of a button. */
export const useAction = <Result, Input = void>(
  act: (input: Input) => Promise<Result>,
  { done, touches, onDone, saysFaultItself = false }: ActionOptions,
) => {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done !== undefined) notify(done)
      onDone?.()
    },
    onError: (error) => {
      if (!saysFaultItself) notify(messageOf(error))
    },
    onSettled: () => Promise.all(touches.map((queryKey) => cache.invalidateQueries({ queryKey }))),
  })
}
