import type { AlignType, Definition, Nodes, RootContent, Table } from 'mdast'
import { ImageOff } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { CodeBlock } from '../ui/code-block.tsx'
import { markdownTree, safeAddress } from './markdown-tree.ts'

/**
 * Markdown that strangers wrote, as React elements: HTML in it is shown as text, images by their
 * description only, and links lead to the web or to mail and nowhere else.
 */
export const Markdown = ({ text }: { text: string }) => {
  const tree = useMemo(() => markdownTree(text), [text])
  const content = useMemo(() => {
    if (tree === null) return null
    const definitions = new Map<string, Definition>()
    for (const node of tree.children)
      if (node.type === 'definition' && !definitions.has(node.identifier))
        definitions.set(node.identifier, node)
    return childrenOf(tree.children, { definitions, depth: 0 })
  }, [tree])
  if (content === null)
    return (
      <pre className="p-5 font-mono text-xs leading-5 wrap-anywhere whitespace-pre-wrap">
        {text}
      </pre>
    )
  return <div className="grid min-w-0 gap-3.5 p-5 text-sm leading-6">{content}</div>
}

interface Place {
  definitions: ReadonlyMap<string, Definition>
  depth: number
}

/** Deeper than anybody writes; what is below stands flat. */
const DEPTH_MAX = 40

const childrenOf = (nodes: readonly RootContent[], place: Place): ReactNode =>
  place.depth > DEPTH_MAX
    ? null
    : nodes.map((node, index) => (
        <Node key={index} node={node} place={{ ...place, depth: place.depth + 1 }} />
      ))

const HEADINGS = ['h2', 'h3', 'h4', 'h5', 'h6', 'h6'] as const
const HEADING_SIZES = [
  'text-lg border-b border-line pb-1.5',
  'text-base border-b border-line pb-1.5 mt-2',
  'text-base mt-1',
  'text-sm',
  'text-sm',
  'text-sm text-muted',
] as const

const Node = ({ node, place }: { node: RootContent; place: Place }): ReactNode => {
  const inside = 'children' in node ? childrenOf(node.children as RootContent[], place) : null
  switch (node.type) {
    case 'paragraph':
      return <p className="min-w-0">{inside}</p>
    case 'heading': {
      const Heading = HEADINGS[node.depth - 1] ?? 'h6'
      return (
        <Heading className={`font-semibold tracking-tight ${HEADING_SIZES[node.depth - 1] ?? ''}`}>
          {inside}
        </Heading>
      )
    }
    case 'text':
    case 'html':
      return node.value
    case 'emphasis':
      return <em>{inside}</em>
    case 'strong':
      return <strong className="font-semibold">{inside}</strong>
    case 'inlineCode':
      return (
        <code className="rounded-[5px] border border-line bg-sunken px-1 py-px font-mono text-[0.92em]">
          {node.value}
        </code>
      )
    case 'code':
      return (
        <div className="min-w-0 overflow-hidden rounded-lg border border-line bg-sunken">
          <CodeBlock text={node.value} label="Code" className="p-3" />
        </div>
      )
    case 'blockquote':
      return (
        <blockquote className="grid min-w-0 gap-3 border-l-2 border-line-strong pl-4 text-muted">
          {inside}
        </blockquote>
      )
    case 'list': {
      const List = node.ordered === true ? 'ol' : 'ul'
      return (
        <List
          start={node.ordered === true ? (node.start ?? 1) : undefined}
          className={`grid min-w-0 gap-1.5 pl-6 marker:text-faint ${node.ordered === true ? 'list-decimal' : 'list-disc'}`}
        >
          {inside}
        </List>
      )
    }
    case 'listItem':
      return <li className="min-w-0 space-y-2 pl-1">{inside}</li>
    case 'thematicBreak':
      return <hr className="border-line" />
    case 'break':
      return <br />
    case 'link':
      return <Link address={node.url}>{inside}</Link>
    case 'linkReference': {
      const address = place.definitions.get(node.identifier)?.url
      return address === undefined ? inside : <Link address={address}>{inside}</Link>
    }
    case 'image':
    case 'imageReference':
      return <Picture words={node.alt ?? ''} />
    case 'table':
      return <Grid table={node} place={place} />
    default:
      return null
  }
}

const Link = ({ address, children }: { address: string; children: ReactNode }) => {
  const href = safeAddress(address)
  if (href === null) return <span title={`Not followed: ${address}`}>{children}</span>
  return (
    <a
      href={href}
      title={href}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
      className="rounded-sm text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
    >
      {children}
    </a>
  )
}

const Picture = ({ words }: { words: string }) => (
  <span className="inline-flex items-center gap-1.5 rounded-md border border-line bg-sunken px-1.5 text-xs text-muted">
    <ImageOff size={12} aria-hidden />
    {words === '' ? 'Image' : words}
    <span className="sr-only"> (image, not loaded)</span>
  </span>
)

const ALIGNED: Record<NonNullable<AlignType>, string> = {
  left: 'text-left',
  center: 'text-center',
  right: 'text-right',
}

const Grid = ({ table, place }: { table: Table; place: Place }) => {
  const [head, ...rows] = table.children
  const cell = (column: number, content: readonly Nodes[]) => ({
    key: column,
    className: `px-3 py-1.5 ${ALIGNED[table.align?.[column] ?? 'left']}`,
    children: childrenOf(content as RootContent[], place),
  })
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="Table"
      className="overflow-x-auto rounded-lg border border-line"
    >
      <table className="w-full text-sm">
        <thead className="border-b border-line bg-sunken">
          <tr>
            {head?.children.map(({ children }, column) => {
              const { key, ...rest } = cell(column, children)
              return <th key={key} scope="col" {...rest} />
            })}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row, index) => (
            <tr key={index}>
              {row.children.map(({ children }, column) => {
                const { key, ...rest } = cell(column, children)
                return <td key={key} {...rest} />
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
