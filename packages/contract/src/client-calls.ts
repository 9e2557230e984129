/** How the parts of the client reach the API. */
export interface Calls {
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
  get<Answer>(path: string, query?: object): Promise<Answer>
  post<Answer>(path: string, body?: unknown): Promise<Answer>
}
