import { shorten } from './table.ts'
import type { Terminal } from './terminal.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80

export interface StatusLine {
  /** What is going on now, in place of what went on before. */
  show(text: string): void
  /** A line that stays. */
  keep(text: string): void
  close(): void
}

/** A moving line where a person watches stderr; elsewhere each text is a line of its own. */
export const statusLine = (terminal: Terminal): StatusLine =>
  terminal.isLive ? movingLine(terminal) : plainLines(terminal)

const plainLines = (terminal: Terminal): StatusLine => {
  let last = ''
  return {
    show: (text) => {
      if (text !== last) terminal.note(text)
      last = text
    },
    keep: (text) => terminal.note(text),
    close: () => {},
  }
}

const movingLine = (terminal: Terminal): StatusLine => {
  let text = ''
  let frame = 0
  const draw = () => {
    frame = (frame + 1) % FRAMES.length
    const sign = terminal.paintNote('cyan', FRAMES[frame] ?? '')
    terminal.redraw((columns) => `${sign} ${shorten(text, Math.max(10, columns - 3))}`)
  }
  const erase = () => terminal.redraw(() => '')
  const timer = setInterval(draw, FRAME_MS)
  timer.unref()
  return {
    show: (next) => {
      const isFirst = text === ''
      text = next
      // The next frame shows it: an upload reports more often than anybody can read.
      if (isFirst) draw()
    },
    keep: (line) => {
      erase()
      terminal.note(line)
      if (text) draw()
    },
    close: () => {
      clearInterval(timer)
      erase()
    },
  }
}
