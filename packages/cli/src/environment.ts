import type { Surroundings } from './surroundings.ts'

/** What the command line reads from the environment; an empty value counts as none. */
export interface Environment {
  url: string | undefined
  key: string | undefined
  dataDir: string | undefined
  /** Folder of the user's configuration. */
  configHome: string | undefined
  /** The terminal cannot redraw a line. */
  isDumbTerminal: boolean
}

export const readEnvironment = (variables: Surroundings['variables']): Environment => ({
  url: variables['CADRE_URL'] || undefined,
  key: variables['CADRE_KEY'] || undefined,
  dataDir: variables['CADRE_DATA_DIR'] || undefined,
  configHome: variables['XDG_CONFIG_HOME'] || undefined,
  isDumbTerminal: variables['TERM'] === 'dumb',
})
