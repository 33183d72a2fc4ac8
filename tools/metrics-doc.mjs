// Writes docs/metrics.md from the catalogue of metrics. Build first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = pathToFileURL(`${root}/dist/js/agent/metric-docs.js`).href;
const { metricDocs } = await import(compiled);
mkdirSync(`${root}/docs`, { recursive: true });
writeFileSync(`${root}/docs/metrics.md`, metricDocs());
