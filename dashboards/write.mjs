// Writes dashboards/grafana/*.json from the layouts beside it. Build first.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { dashboardFiles } = await import(new URL('../dist/js/dashboards/index.js', import.meta.url).href);
for (const { name, text } of dashboardFiles()) {
  writeFileSync(fileURLToPath(new URL(`grafana/${name}`, import.meta.url)), text);
}
