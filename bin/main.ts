import yargs, { type Argv } from 'yargs';
import { nearMiss } from '../agent/near-miss.ts';
import { FileError } from '../agent/yaml-file.ts';
import { command as check } from './check-command.ts';
import type { Command } from './command.ts';
import { command as config } from './config-command.ts';
import { command as demo } from './demo-command.ts';
import { command as plan } from './plan-command.ts';
import { command as probe } from './probe-command.ts';
import { command as rules } from './rules-command.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

const commands: readonly Command[] = [check, plan, probe, rules, config, demo];

const epilogue = `Exit codes: 0 every rule passed, 1 a rule failed, 2 usage or configuration, 3 something is unknown or was not asked.
Start with:  edgeprobe demo`;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** What yargs complains about, in the form every other message has. */
const usageProblem = (message: string, parser: Argv): UsageError => {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ')[0];
  if (unknown === undefined) return new UsageError(message);
  const options = (parser as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
  const near = nearMiss(unknown, Object.keys(options.key));
  const flag = unknown.length === 1 ? `-${unknown}` : `--${unknown}`;
  return new UsageError(`unknown argument ${flag}`, near === null ? null : `did you mean --${near}?`);
};

/**
 * Runs the command line. Resolves to the exit code: usage and configuration problems are 2, and so is a fault of
 * our own, which alone shows a stack trace.
 */
export const main = async (words: readonly string[]): Promise<number> => {
  let code = 0;
  const parser = yargs([...words])
    .scriptName('edgeprobe')
    .usage('$0 <command>\n\nAsks every row of an Edge port summary in its own protocol, and says which rows hold.')
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
    .help('help', 'Show help')
    .alias('help', 'h')
    .strict()
    .recommendCommands()
    .demandCommand(1, 'no command given')
    .epilogue(epilogue)
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageProblem(message, parser);
    });
  for (const { name, summary, configure, run } of commands) {
    parser.command(
      name,
      summary,
      (argv) => configure(argv),
      async (values) => {
        code = await run(values);
      },
    );
  }
  try {
    if (words.length === 0) {
      say(await parser.getHelp());
      return 2;
    }
    await parser.parseAsync();
    return code;
  } catch (error) {
    if (error instanceof UsageError || error instanceof FileError || (error as Error).name === 'UnknownPackError') {
      say(`edgeprobe: ${(error as Error).message}`);
      const hint = error instanceof UsageError ? error.hint : null;
      say(hint ?? "See 'edgeprobe --help'.");
      return 2;
    }
    say(`edgeprobe: a fault in edgeprobe itself, please report it:\n${(error as Error).stack ?? String(error)}`);
    return 2;
  }
};
