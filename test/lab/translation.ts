import { type EdgeNode, externalRoles } from './addresses.ts';

/** What leaves `from` is seen as `to`. */
export interface SourceTranslation {
  readonly from: string;
  readonly to: string;
}

const published = (nodes: readonly EdgeNode[]): SourceTranslation[] =>
  nodes.flatMap((node) =>
    externalRoles.flatMap((role) => (node.published === null ? [] : [{ from: node[role], to: node.published[role] }])),
  );

/**
 * Address translation on the external firewall: every published address is that of one service, in both directions. What
 * comes in keeps its source; what the Edge sends to its own public address comes back to it (hairpin), with a public
 * source. Other source translations stand in the place of the published one.
 */
export const translation = (nodes: readonly EdgeNode[], others: readonly SourceTranslation[]): string => {
  const inward = published(nodes).map(({ from, to }) => `    ip daddr ${to} dnat to ${from}`);
  const outward = new Map(
    [...published(nodes), ...others].map(({ from, to }) => [from, `    ip saddr ${from} snat to ${to}`]),
  );
  return [
    'table ip translation',
    'delete table ip translation',
    'table ip translation {',
    '  chain prerouting {',
    '    type nat hook prerouting priority dstnat; policy accept;',
    ...inward,
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    ...outward.values(),
    '  }',
    '}',
    '',
  ].join('\n');
};
