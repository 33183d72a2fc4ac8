const openMetricsType = 'application/openmetrics-text';

interface Accepted {
  readonly type: string;
  readonly quality: number;
  readonly version: string | null;
}

const parse = (part: string): Accepted => {
  const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
  const value = (name: string): string | null =>
    parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  const quality = Number(value('q') ?? 1);
  return { type, quality: Number.isFinite(quality) ? quality : 0, version: value('version') };
};

/**
 * Whether a scraper wants OpenMetrics 1.0.0 rather than the text format, by its Accept header (RFC 9110 section 12.5.1).
 * What it takes only as a part of "anything" it does not prefer.
 */
export const prefersOpenMetrics = (accept: string | undefined): boolean => {
  if (accept === undefined || accept.length > 1024) return false;
  const parts = accept.split(',').map(parse);
  const best = (matching: (one: Accepted) => boolean): number =>
    Math.max(0, ...parts.filter(matching).map(({ quality }) => quality));
  const open = best(
    ({ type, version }) => type === openMetricsType && (version === null || /^(0\.0\.1|1\.0\.0)$/.test(version)),
  );
  return open > 0 && open >= best(({ type }) => type === 'text/plain');
};
