import { z } from 'zod'

/** The one shape of every error answer. */
export const ErrorBody = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'Stable name of the case', example: 'task.not_found' }),
      message: z.string().meta({ description: 'A sentence for people' }),
      details: z
        .array(
          z.object({
            field: z.string(),
            message: z.string(),
            line: z.number().int().optional().meta({ description: 'Of a text with lines; from 1' }),
            column: z.number().int().optional().meta({ description: 'From 1, in UTF-16 units' }),
          }),
        )
        .optional()
        .meta({ description: 'The fields at fault' }),
      request_id: z.string(),
    }),
  })
  .meta({ id: 'Error' })
export type ErrorBody = z.infer<typeof ErrorBody>
export type ErrorDetail = {
  field: string
  message: string
  line?: number | undefined
  column?: number | undefined
}
