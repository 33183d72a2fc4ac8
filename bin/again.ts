import { texts, type Values } from './command.ts';
import { planFlags } from './plan-flags.ts';

/** Bare where every shell takes it as it is, in quotes otherwise. */
const shellWord = (given: string): string =>
  /^[\w./:=@%+,-]+$/.test(given) ? given : `'${given.replaceAll("'", `'\\''`)}'`;

/** The command line that asks the same again, up to its rules: what a report tells people to run after a repair. */
export const commandAgain = (values: Values): string => {
  const flags = Object.keys(planFlags).filter((flag) => flag !== 'rule');
  const words = flags.flatMap((flag) => texts(values, flag).map((given) => `--${flag} ${shellWord(given)}`));
  return ['edgeprobe check', ...words].join(' ');
};
