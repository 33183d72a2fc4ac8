import type { PlannedQuestion, PlanSummary } from './plan-summary.ts';
import { csvCell } from './sinks/csv.ts';

type Cells = Readonly<Record<string, string>>;

/** `any`, where the row says so: the firewall rule is for everybody, whoever asks now. */
const sourceOf = ({ asker, from }: PlannedQuestion): string => (asker === 'any' ? 'any' : (from ?? asker));

const cellsOf = (summary: PlanSummary, question: PlannedQuestion): Cells => {
  const { asker, from, role, name, address, transport, ports, sourcePorts, protocol, security, expect } = question;
  return {
    ...{ site: summary.site, asked_from: summary.vantage, from: asker, source: sourceOf(question) },
    ...{ source_ports: sourcePorts ?? 'any', to: role, node: name, destination: address },
    ...{ transport, ports, protocol, security: security === 'none' ? '' : security },
    ...{ expect, tested_from: from ?? '', rules: question.rules.join(' ') },
  };
};

const header = [
  ...['site', 'asked_from', 'from', 'source', 'source_ports', 'to', 'node', 'destination', 'transport', 'ports'],
  ...['protocol', 'security', 'expect', 'tested_from', 'rules'],
];

/**
 * A plan for the firewall team (CSV, RFC 4180): one line per flow, with what the rule of the firewall has to say. `source`
 * is the row's, `tested_from` the address that we bind to ask it. `expect` is reachable (allow it) or blocked.
 */
export const planCsv = (summary: PlanSummary): string =>
  [header, ...summary.questions.map((one) => header.map((name) => cellsOf(summary, one)[name] ?? ''))]
    .map((row) => `${row.map(csvCell).join(',')}\r\n`)
    .join('');
