type X509 = typeof import('@peculiar/x509');

/**
 * The three functions of the metadata proposal that the library's container asks for, as plain as they can be:
 * the library wants a polyfill and brings none, and the usual one is a package of its own for these few lines.
 */
const provideMetadata = (): void => {
  if ('getMetadata' in Reflect) return;
  const all = new WeakMap<object, Map<unknown, unknown>>();
  const own = (key: unknown, target: object): unknown => all.get(target)?.get(key);
  const inherited = (key: unknown, target: object): unknown => {
    for (let at: object | null = target; at; at = Object.getPrototypeOf(at)) {
      if (all.get(at)?.has(key)) return own(key, at);
    }
    return undefined;
  };
  const define = (key: unknown, value: unknown, target: object): void => {
    const known = all.get(target) ?? new Map<unknown, unknown>();
    all.set(target, known.set(key, value));
  };
  Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define });
};

/** The X.509 library, loaded when first needed: it takes a tenth of a second. */
export const loadX509 = async (): Promise<X509> => {
  provideMetadata();
  return import('@peculiar/x509');
};
