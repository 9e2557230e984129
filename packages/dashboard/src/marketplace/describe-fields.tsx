import { useId, useState } from 'react'
import { fieldErrors, faultUnder } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Field, TextArea, TextField, TextInput } from '../ui/field.tsx'
import { MoreOptions } from '../ui/more-options.tsx'
import { Panel } from '../ui/panel.tsx'
import { Segments } from '../ui/segments.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import { IconField } from './icon-field.tsx'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { exampleTemplate, type PublishDraft, type Source } from './publish-draft.ts'

const LICENCES = ['Apache-2.0', 'MIT', 'BSD-3-Clause', 'MPL-2.0', 'GPL-3.0-only', 'CC-BY-4.0']

export interface DescribeProps {
  source: Source
  draft: PublishDraft
  /** Of the last try to publish. */
  error: unknown
  onChange: (part: Partial<PublishDraft>) => void
}

/** What others read before they run it. */
export const DescribeFields = ({ source, draft, error, onChange }: DescribeProps) => {
  const errors = fieldErrors(error)
  const licences = useId()
  return (
    <div className="grid gap-4">
      <Panel title={`${source.name} ${source.version}`}>
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <TextField
            label="Description"
            hint="One sentence. It is what lists show."
            error={errors['description']}
            className="sm:col-span-2"
            maxLength={2_000}
            spellCheck
            value={draft.description}
            onChange={(description) => onChange({ description })}
          />
          <TextField
            label="Tags"
            isOptional
            hint="Separated by spaces or commas; 16 at the most"
            error={faultUnder(error, 'tags')}
            maxLength={700}
            placeholder="text statistics"
            value={draft.tags}
            onChange={(tags) => onChange({ tags })}
          />
          <Field label="Licence" isOptional hint="An SPDX expression" error={errors['licence']}>
            {(control) => (
              <>
                <TextInput
                  {...control}
                  list={licences}
                  maxLength={200}
                  placeholder="Apache-2.0"
                  value={draft.licence}
                  onChange={(event) => onChange({ licence: event.target.value })}
                />
                <datalist id={licences}>
                  {LICENCES.map((licence) => (
                    <option key={licence} value={licence} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <TextField
            label="Price"
            hint="Dollars for each finished task"
            error={errors['price']}
            inputMode="decimal"
            maxLength={17}
            placeholder="0"
            value={draft.price}
            onChange={(price) => onChange({ price })}
          />
          <IconField
            value={draft.icon}
            error={errors['icon']}
            name={source.name}
            itemType={source.type}
            onChange={(icon) => onChange({ icon })}
          />
        </div>
      </Panel>
      <ReadmeField
        value={draft.readme}
        error={errors['readme']}
        onChange={(readme) => onChange({ readme })}
      />
      <Panel title="What is new, and how it is used">
        <div className="grid gap-4 p-4">
          <Field
            label="Changelog"
            isOptional
            hint="Markdown. What is different from the version before."
            error={errors['changelog']}
          >
            {(control) => (
              <TextArea
                {...control}
                rows={3}
                maxLength={16_384}
                spellCheck
                value={draft.changelog}
                onChange={(event) => onChange({ changelog: event.target.value })}
              />
            )}
          </Field>
          <JsonField
            label="Examples"
            isOptional
            rows={draft.examples === '' ? 3 : 9}
            value={draft.examples}
            error={faultUnder(error, 'examples')}
            hint='A list of {"title", "input", "output"}. Each must fit the schemas, and is run.'
            onChange={(examples) => onChange({ examples })}
          />
          {draft.examples === '' && (
            <Button
              size="small"
              className="justify-self-start"
              onClick={() => onChange({ examples: exampleTemplate(draft.inputSchema) })}
            >
              Begin with an example
            </Button>
          )}
          <MoreOptions summary="Schemas of input and output">
            <JsonField
              label="Input"
              isOptional
              value={draft.inputSchema}
              error={faultUnder(error, 'input_schema')}
              hint="JSON Schema (2020-12)"
              onChange={(inputSchema) => onChange({ inputSchema })}
            />
            <JsonField
              label="Output"
              isOptional
              value={draft.outputSchema}
              error={faultUnder(error, 'output_schema')}
              hint="JSON Schema (2020-12)"
              onChange={(outputSchema) => onChange({ outputSchema })}
            />
          </MoreOptions>
        </div>
      </Panel>
    </div>
  )
}

const ReadmeField = ({
  value,
  error,
  onChange,
}: {
  value: string
  error: string | undefined
  onChange: (text: string) => void
}) => {
  const [view, setView] = useState<'write' | 'read'>('write')
  return (
    <Panel
      title="README"
      aside={
        <Segments
          label="README as"
          isSmall
          value={view}
          onChange={setView}
          segments={[
            { value: 'write', label: 'Write' },
            { value: 'read', label: 'Read' },
          ]}
        />
      }
    >
      {view === 'read' ? (
        <div className="min-h-72">
          <LazyMarkdown text={value} />
        </div>
      ) : (
        <div className="p-4">
          <Field
            label="What it does, and how one uses it"
            hint="Markdown. Images are shown by their description only."
            error={error}
          >
            {(control) => (
              <TextArea
                {...control}
                rows={12}
                maxLength={65_536}
                spellCheck
                value={value}
                onChange={(event) => onChange(event.target.value)}
                className="font-mono text-xs"
              />
            )}
          </Field>
        </div>
      )}
    </Panel>
  )
}
