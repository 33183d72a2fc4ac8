import { fileURLToPath } from 'node:url';
import t from 'tap';
import { needing } from '../require.ts';
import { first, last, type SweepScene, sweepScenes } from './sweep-scenes.ts';
import { sweeps } from './sweeps.ts';

t.setTimeout(300_000);

const bundle = fileURLToPath(new URL('../../../edgeprobe.mjs', import.meta.url));
const needs = needing('root', 'bash', 'gcc', 'ip', 'nft', 'nmap', 'setpriv', 'sysctl', 'timeout');

/** One turn of a scene against one nmap; the figures do not matter here, what was told of the ports does. */
const once = async (scene: SweepScene) => {
  const rival = scene.rivals.find(({ program }) => program === 'nmap');
  const section = await sweeps([{ ...scene, rivals: rival ? [rival] : [] }], 1, bundle);
  return section.lines;
};

for (const name of ['mixed', 'far']) {
  t.test(`the scene ${name} is what it says`, needs, async (t) => {
    const scene = sweepScenes.find((one) => one.name === name);
    if (!scene) throw new Error(`no scene ${name}`);
    const [ours, nmap] = await once(scene);
    t.match(ours, { who: 'edgeprobe', ratio: null, exact: /^0 wrong, \d+ states$/ });
    t.match(nmap, { who: /^nmap -sT/, ratio: Number, exact: /^\d+ wrong, \d+ states$/ });
    const seconds = Number(/^([\d.]+) s/.exec(ours?.measured ?? '')?.[1]);
    t.ok(seconds > scene.millisecondsEachWay / 500, 'no faster than light');
  });
}

t.test('what is wrong is counted', needs, async (t) => {
  const scene = sweepScenes.find((one) => one.name === 'closed');
  if (!scene) throw new Error('no scene closed');
  const [ours] = await once({
    ...scene,
    truth: [
      [first, last - 10, 'closed'],
      [last - 9, last, 'open'],
    ],
  });
  t.match(ours, { exact: /^10 wrong/ });
});
