import { samplesOf } from '../metric-samples.ts';
import { gaugeText } from '../metric-text.ts';
import type { Report } from '../report.ts';

/** The report as the text format of Prometheus: for the node exporter's textfile collector. Same names as the agent's. */
export const prometheusSink = (report: Report): string => gaugeText(samplesOf(report, null));
