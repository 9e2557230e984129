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

export const readEnvironment = (): Environment => ({
  url: process.env['CADRE_URL'] || undefined,
  key: process.env['CADRE_KEY'] || undefined,
  dataDir: process.env['CADRE_DATA_DIR'] || undefined,
  configHome: process.env['XDG_CONFIG_HOME'] || undefined,
  isDumbTerminal: process.env['TERM'] === 'dumb',
})
