/**
 * From here on, what this process starts is free of the test runner's hooks. The runner puts them into every Node, whatever
 * environment that is given: there they take a thread, memory, descriptors and time, and write a file at the end.
 */
interface Spawning {
  readonly listeners: unknown[];
}

const spawning: Spawning | undefined = Reflect.get(globalThis, Symbol.for('process-on-spawn@*:singletonId'));
spawning?.listeners.splice(0);
delete process.env['NODE_OPTIONS'];
