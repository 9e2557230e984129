/** One finding; `mend` says what to do where it is not in order. */
export interface Check {
  name: string
  status: 'ok' | 'warn' | 'fail'
  detail: string
  mend?: string
}
