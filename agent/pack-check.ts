import type { FileProblem } from './file-error.ts';
import { formatPorts, parsePorts } from './ports.ts';
import {
  type Erratum,
  edgeEnd,
  edgeExternal,
  type Protocol,
  type Role,
  type Rule,
  ruleId,
  type Security,
  type Transport,
} from './rule.ts';
import type { Locate } from './yaml-file.ts';

/** What each protocol can be asked over: a row outside of this would be asked something it does not say. */
const askable: Record<Protocol, { securities: Security[]; transports: Transport[]; ranges: boolean }> = {
  XMPP: { securities: ['none', 'mtls'], transports: ['tcp'], ranges: false },
  HTTP: { securities: ['none'], transports: ['tcp'], ranges: false },
  DNS: { securities: ['none'], transports: ['tcp', 'udp'], ranges: false },
  SIP: { securities: ['tls', 'mtls'], transports: ['tcp'], ranges: false },
  PSOM: { securities: ['tls', 'mtls'], transports: ['tcp'], ranges: false },
  RTP: { securities: ['none'], transports: ['tcp', 'udp'], ranges: true },
  'STUN/MSTURN': { securities: ['none'], transports: ['tcp', 'udp'], ranges: false },
  HTTPS: { securities: ['tls'], transports: ['tcp'], ranges: false },
  MTLS: { securities: ['mtls'], transports: ['tcp'], ranges: false },
  TCP: { securities: ['none'], transports: ['tcp'], ranges: true },
};

type Draft = Pick<Rule, 'id' | 'table' | 'role' | 'protocol' | 'security' | 'transport' | 'ports' | 'from' | 'to'> & {
  row: number;
  mayNarrowTo: Role[];
  erratum: Erratum | null;
  expect?: 'blocked' | undefined;
  only?: string | number | undefined;
  sourcePorts?: string | undefined;
};

type Complaint = { field: string[]; message: string };

const complaintsOf = (rule: Draft): Complaint[] => {
  const complaints: Complaint[] = [];
  const complain = (field: string | string[], message: string): void => {
    complaints.push({ field: [field].flat(), message });
  };
  const { securities, transports, ranges } = askable[rule.protocol];
  if (!securities.includes(rule.security)) {
    complain('security', `${rule.protocol} has security ${securities.join(' or ')}, not ${rule.security}`);
  }
  if (!transports.includes(rule.transport)) {
    complain('transport', `${rule.protocol} runs over ${transports.join(' or ')}, not ${rule.transport}`);
  }
  if (!ranges && rule.ports.includes('-')) {
    complain('ports', `only RTP and TCP have a range of ports, ${rule.protocol} has one`);
  }
  if (rule.protocol === 'TCP' && rule.expect === undefined) {
    complain('protocol', 'nobody answers TCP itself: it stands in rules with "expect: blocked" only');
  }
  if (rule.only !== undefined) {
    const [range] = parsePorts(rule.ports);
    const outside = parsePorts(String(rule.only)).filter(
      ({ from, to }) => range === undefined || from < range.from || to > range.to,
    );
    if (!rule.ports.includes('-')) complain('only', 'ports is one port: there is nothing to choose from');
    else if (outside.length > 0) complain('only', `${formatPorts(outside)} is outside of ports, ${rule.ports}`);
  }

  if (rule.sourcePorts !== undefined) {
    const asked = rule.sourcePorts.includes('-') ? 'RTP tcp' : 'STUN/MSTURN udp';
    if (asked !== `${rule.protocol} ${rule.transport}`) {
      complain('sourcePorts', 'one source port is for STUN/MSTURN over udp, and a range of them for RTP over tcp');
    }
    if (rule.ports.includes('-'))
      complain('sourcePorts', 'ports is a range as well: every port would be asked of every other');
  }
  if (rule.from === edgeExternal) complain('from', `${edgeExternal} is asked, and asks nobody`);
  const end = edgeEnd(rule);
  if (end === null) complain('to', 'neither from nor to is an Edge role: this is no rule of an Edge');
  else if (rule.role !== rule.from && rule.role !== rule.to) {
    complain('role', `the role is the Edge service at one end of the rule, here ${end.role}, not ${rule.role}`);
  }
  if (rule.from === rule.to) complain('to', `from and to are both ${rule.to}`);
  if (rule.mayNarrowTo.length > 0 && rule.from !== 'any' && rule.to !== 'any') {
    complain('mayNarrowTo', 'there is no "any" in from or to that could be narrowed');
  }
  if (rule.mayNarrowTo.includes('any')) complain('mayNarrowTo', '"any" does not narrow anything');
  if (rule.erratum !== null && rule.erratum.documented === rule[rule.erratum.field]) {
    const { field, documented } = rule.erratum;
    complain(['erratum', 'documented'], `is no erratum: the effective ${field} is ${documented} as well`);
  }
  const wanted = ruleId(rule);
  if (end !== null && rule.id !== wanted)
    complain('id', `does not match the fields of the rule: they make "${wanted}"`);
  return complaints;
};

/** What is wrong with the rules of one pack beyond their shape, in the order of the file. */
export const ruleProblems = (rules: readonly Draft[], locate: Locate): FileProblem[] => {
  const ids = new Map<string, number>();
  const rows = new Map<string, number>();
  return rules.flatMap((rule, index) => {
    const complaints = complaintsOf(rule);
    const row = `row ${rule.row} of table ${rule.table}`;
    const sameId = ids.get(rule.id);
    const sameRow = rows.get(row);
    if (sameId !== undefined) complaints.push({ field: ['id'], message: `rules[${sameId}] has the same id` });
    if (sameRow !== undefined) complaints.push({ field: ['row'], message: `rules[${sameRow}] is ${row} as well` });
    ids.set(rule.id, sameId ?? index);
    rows.set(row, sameRow ?? index);
    return complaints
      .map(({ field, message }) => {
        const path = `rules[${index}].${field.join('.')}`;
        return { ...locate(['rules', index, ...field]), path, message };
      })
      .sort((a, b) => a.line - b.line || a.column - b.column);
  });
};
