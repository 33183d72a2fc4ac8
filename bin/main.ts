import yargs, { type Argv } from 'yargs';
import { command as agent } from './agent-command.ts';
import { command as check } from './check-command.ts';
import { type Command, didYouMean, texts, type Values } from './command.ts';
import { complaint } from './complaint.ts';
import { command as config } from './config-command.ts';
import { command as demo } from './demo-command.ts';
import { command as diff } from './diff-command.ts';
import { command as findings } from './findings-command.ts';
import { command as plan } from './plan-command.ts';
import { command as probe } from './probe-command.ts';
import { command as report } from './report-command.ts';
import { command as respond } from './respond-command.ts';
import { command as rules } from './rules-command.ts';
import { quoted, UsageError } from './usage-error.ts';
import { version } from './version.ts';

const commands: readonly Command[] = [check, report, diff, plan, probe, agent, respond, rules, findings, config, demo];

const commandNames: readonly string[] = [...commands.map(({ name }) => name), 'completion'];

const epilogue = `Exit codes:
  0  every rule passed            2  usage or configuration
  1  a rule failed                3  something is unknown or was not asked

Begin with 'edgeprobe demo'; then 'edgeprobe config init > site.yaml'.
'edgeprobe COMMAND --help' shows the flags of a command, with examples.`;

/** A word that takes all that follow ends in two dots; its value does not. */
const nameOfWord = (word: string): string => word.replace(/\.\.$/, '');

const examplesOf = ({ examples }: Command): string =>
  ['Examples:', ...examples.map(([line, about]) => `  edgeprobe ${line}\n      ${about}`)].join('\n');

/** Refuses flags without their value, and what the command does not know: flags, and words beyond its own. */
const refuseUnknown = ({ name, words, flags }: Command, values: Values): void => {
  // First of all: "--timeout -5s" is a flag without its value, not the flag -5s.
  for (const [flag, { isSwitch }] of Object.entries(flags)) if (!isSwitch) texts(values, flag);
  const aliases = Object.values(flags).flatMap(({ alias }) => alias ?? []);
  const known = [...Object.keys(flags), ...aliases, 'help', 'h', 'version', 'V'];
  const unknown = Object.keys(values).find(
    (key) => !/^(_|--|\$0)$/.test(key) && !known.includes(key) && !Object.keys(words).map(nameOfWord).includes(key),
  );
  const see = `'edgeprobe ${name} --help' shows what it takes.`;
  if (unknown !== undefined) {
    const flag = unknown.length === 1 ? `-${unknown}` : `--${unknown}`;
    const near = didYouMean(unknown, Object.keys(flags)).replace(/(mean|or) /g, '$1 --');
    throw new UsageError(`${name} has no flag ${quoted(flag)}`, `${near}${see}`);
  }
  const [, extra] = values['_'] as readonly unknown[];
  if (extra !== undefined) throw new UsageError(`${name} cannot use the word ${quoted(String(extra))}`, see);
};

const configure = (argv: Argv, command: Command): Argv => {
  for (const [name, describe] of Object.entries(command.words))
    argv.positional(nameOfWord(name), { describe, type: 'string' });
  for (const [name, { describe, alias, isSwitch }] of Object.entries(command.flags)) {
    // Flags with values have no type: yargs would print it after each of them, and its "string" hides missing values.
    argv.option(name, { describe, ...(alias ? { alias } : {}), ...(isSwitch ? { type: 'boolean' } : {}) });
  }
  return argv.usage(`edgeprobe ${command.name} ${command.usage}\n\n${command.summary}.`).epilogue(examplesOf(command));
};

/** What yargs found, thrown at it: once a handler returns, yargs lays out the whole help, which takes 20 ms. */
class Found extends Error {
  readonly run: () => Promise<number>;
  constructor(run: () => Promise<number>) {
    super();
    this.run = run;
  }
}

const parserOf = (words: readonly string[]): Argv => {
  const parser = yargs([...words])
    .scriptName('edgeprobe')
    .usage('edgeprobe COMMAND\n\nAsks every row of an Edge port summary in its own protocol, and says which rows hold.')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .version('version', 'Print the version', version())
    .alias('version', 'V')
    .help('help', 'Show this help')
    .alias('help', 'h')
    .completion('completion', 'Print a script that completes commands and flags in bash or zsh')
    .demandCommand(1, 'no command given')
    .epilogue(epilogue)
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      // What yargs itself complains about has its own kind of error; ours are thrown on as they are.
      throw error === undefined || error.name === 'YError' ? new UsageError(message) : error;
    });
  for (const command of commands) {
    const name = [command.name, ...Object.keys(command.words).map((word) => `[${word}]`)].join(' ');
    parser.command(
      name,
      command.summary,
      (argv) => configure(argv, command),
      (values) => {
        refuseUnknown(command, values);
        throw new Found(() => command.run(values));
      },
    );
  }
  return parser;
};

/** The command of a command line; null where there is nothing to run, as after help. */
const foundBy = async (parser: Argv): Promise<Found | null> => {
  try {
    await parser.parseAsync();
    return null;
  } catch (thrown) {
    if (thrown instanceof Found) return thrown;
    throw thrown;
  }
};

/** Monitoring plugins call what they could not ask UNKNOWN, 3; their 2 would wake somebody. */
const isPlugin = (words: readonly string[]): boolean => / --format[ =]nagios /.test(` ${words.join(' ')} `);

/**
 * Runs the command line. Resolves to the exit code: usage and configuration problems are 2, and so is a fault of
 * our own, which alone shows a stack trace.
 */
export const main = async (given: readonly string[]): Promise<number> => {
  const [first, second, ...rest] = given;
  const words = first === 'help' && second !== undefined ? [second, '--help', ...rest] : given;
  const parser = parserOf(words);
  try {
    const [command] = words;
    if (command === undefined) {
      process.stderr.write(`${await parser.getHelp()}\n`);
      return 2;
    }
    if (!command.startsWith('-') && command !== 'help' && !commandNames.includes(command)) {
      const hint = `${didYouMean(command, commandNames)}One of: ${commandNames.join(', ')}.`;
      throw new UsageError(`there is no command ${quoted(command)}`, hint);
    }
    const found = await foundBy(parser);
    return found === null ? 0 : await found.run();
  } catch (error) {
    process.stderr.write(complaint(error));
    return isPlugin(words) ? 3 : 2;
  }
};
