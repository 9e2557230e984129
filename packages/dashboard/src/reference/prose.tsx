/** Words of the document, with what stands between backticks set as code. */
export const Prose = ({ text }: { text: string }) =>
  text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="font-mono text-[0.92em]">
        {part}
      </code>
    ),
  )
