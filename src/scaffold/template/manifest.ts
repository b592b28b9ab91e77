/**
 * What a template says of itself: `template.yaml` in its folder. The schema is the one source: it validates, and
 * docs/templates.md prints its words.
 */
import * as z from 'zod';

export const MANIFEST_FILE = 'template.yaml';

export const manifestSchema = z.strictObject({
  summary: z.string().min(5).max(80).describe('One line for `msvc new --list`.'),
  extends: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Another template: one of msvc's by name, or a folder by a path from this one. Its keys, its entry and its files hold wherever this template has none of its own.",
    ),
  without: z
    .array(z.string().min(1))
    .default([])
    .describe('Globs of files of the template that it extends which it does not take over.'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and `-`')
    .optional()
    .describe("What a service is called when no name is given; the template's own name if left out."),
  route: z
    .string()
    .startsWith('/')
    .optional()
    .describe('Where the gateway offers it unless told otherwise, such as `/api/__SERVICE__`. Left out: nowhere.'),
  listens: z.boolean().default(true).describe('`false`: a worker. It takes neither `--route` nor `--port`.'),
  database: z
    .enum(['default', 'optional', 'none'])
    .default('none')
    .describe(
      '`default`: with a database unless `--no-database`; `optional`: with `--database`; `none`: it has no use for one.',
    ),
  sqlite: z
    .enum(['node'])
    .optional()
    .describe(
      "`node`: it opens its database with Node's own SQLite (from 22.13 on) or with better-sqlite3 where that is installed. On a machine that has neither, a service is made without a database, unless `--database` is given.",
    ),
  calls: z.boolean().default(true).describe('`false`: it cannot call others; `--calls` is refused.'),
  requires: z
    .array(
      z.strictObject({
        program: z.string().min(1),
        hint: z.string().optional(),
        for: z.enum(['database']).optional(),
      }),
    )
    .default([])
    .describe(
      'Programs it needs to run; one that is missing is told, with the hint. `for: database`: only when it has one.',
    ),
  test: z.string().optional().describe("The command that runs the service's own tests, in its folder."),
  verbatim: z
    .array(z.string().min(1))
    .default([])
    .describe('Globs below `files/` that are copied as they are. Files that are not UTF-8 always are.'),
});

export type Manifest = z.output<typeof manifestSchema>;
