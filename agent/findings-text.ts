import { alignColumns } from './columns.ts';
import { subjects } from './findings.ts';
import type { CatalogueEntry } from './findings-entry.ts';

/** A diagnosis of the catalogue with its code and the subject it stands under. */
export interface Listed extends CatalogueEntry {
  readonly code: string;
  readonly subject: string;
}

/** The catalogue in its order. */
export const listed: readonly Listed[] = subjects.flatMap(([subject, entries]) =>
  Object.entries(entries).map(([code, entry]) => ({ code, subject, ...entry })),
);

const bySubject = (findings: readonly Listed[]): (readonly [string, readonly Listed[]])[] =>
  [...new Set(findings.map(({ subject }) => subject))].map((subject) => [
    subject,
    findings.filter((one) => one.subject === subject),
  ]);

const asTable = (findings: readonly Listed[]): string =>
  bySubject(findings)
    .map(([subject, members]) => {
      const rows = alignColumns(members.map(({ code, severity, meaning }) => [code, severity, meaning]));
      return `${subject}\n${rows.replace(/^/gm, '  ').trimEnd()}\n`;
    })
    .join('\n');

/** Nothing in the catalogue is markup; what could be taken for it is escaped all the same. */
const escaped = (text: string): string => text.replace(/[\\<>*|]/g, '\\$&');

const preface = `# Findings

A finding is a named diagnosis: what edgeprobe noticed beside the verdict of a row. Findings never change a verdict.
Codes are stable, so people can allow-list them and alert on them. Severity \`error\` alone makes the exit code 1;
\`warning\` needs somebody's attention; \`info\` helps to read the rest.

\`edgeprobe findings show CODE\` prints one of them. This page is made by \`edgeprobe findings list --format markdown\`.
`;

const asMarkdown = (findings: readonly Listed[]): string => {
  const isPage = findings.length === listed.length;
  const parts = bySubject(findings).map(([subject, members]) => {
    const entries = members.map(
      ({ code, severity, meaning, evidence, remedy }) =>
        `### ${code}\n\n**${severity}.** ${escaped(meaning)}\n\n- Seen: ${escaped(evidence)}\n- To do: ${escaped(remedy)}\n`,
    );
    return `## ${subject}\n\n${entries.join('\n')}`;
  });
  return `${isPage ? `${preface}\n` : ''}${parts.join('\n')}`;
};

const shown = ({ code, severity, meaning, evidence, remedy }: Listed): string =>
  `${code} (${severity})\n  means  ${meaning}\n  seen   ${evidence}\n  to do  ${remedy}\n`;

export const findingFormats = ['table', 'json', 'markdown'] as const;
export type FindingFormat = (typeof findingFormats)[number];

/** Diagnoses of the catalogue in a format. In full, the table says all that is known of each. */
export const findingsText = (findings: readonly Listed[], format: FindingFormat, full: boolean): string => {
  switch (format) {
    case 'table':
      return full ? findings.map(shown).join('\n') : asTable(findings);
    case 'json':
      return `${JSON.stringify({ findings }, null, 2)}\n`;
    case 'markdown':
      return asMarkdown(findings);
  }
};
