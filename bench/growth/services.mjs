/** How the second visit grows with the number of services: each visitor has accepted them all. */
import { join } from 'node:path';
import { CONTROL, loadAdapters } from '../lib/adapters.mjs';
import { profile as profileOf, USUAL_PROFILE } from '../lib/browser.mjs';
import { figure, table } from '../lib/document.mjs';
import { startSite } from '../lib/site.mjs';
import { median } from '../lib/statistics.mjs';
import { acceptedVisitor, secondVisit } from '../lib/visits.mjs';
import { writeWidget } from './widget.mjs';

/** Measures widgets of these sizes beside the control and the limit; answers with a table. */
export async function measureServices({ browser, placet, sizes, runs }) {
  const [control, limit, demo] = await loadAdapters(['limit', 'placet']);
  const widgets = sizes.map((size, index) => {
    const id = 1000 + index;
    const file = join(placet.folder, `widget-${size}.toml`);
    writeWidget(file, id, size);
    placet.publish(file);
    return {
      ...demo,
      name: `placet-${size}`,
      label: `Placet, ${size} services`,
      tokens: { PLACET: placet.snippet(id) },
    };
  });
  const adapters = [control, limit, ...widgets];
  const site = await startSite(adapters);
  const profile = profileOf(USUAL_PROFILE);
  const visits = new Map(adapters.map(({ name }) => [name, []]));
  try {
    for (let run = 0; run < runs; run++) {
      for (const adapter of turned(adapters, run)) {
        const address = site.address(adapter.name);
        const visitor = await acceptedVisitor(browser, address, adapter);
        visits.get(adapter.name).push(await secondVisit(visitor, address, adapter, profile));
        await visitor.close();
      }
    }
  } finally {
    site.stop();
  }

  const rows = adapters.map(({ name, label }) => {
    const own = visits.get(name);
    const over = own.map(({ script }, run) => script - visits.get(CONTROL)[run].script);
    return { name, label, script: median(over), ran: median(own.map(({ ran }) => ran)), requests: own.at(-1).requests };
  });
  const [, least, smallest] = rows;
  return table(
    [
      ['second visit', ({ label }) => label],
      ['script, ms over the control', ({ script }) => figure(script, 1)],
      [`as a multiple of ${sizes[0]} services`, ({ script }) => figure(script / smallest.script, 2)],
      ['the allowed script runs at, ms', ({ ran }) => figure(ran)],
      ['as a multiple of the limit', ({ ran }) => (ran === null ? '–' : figure(ran / least.ran, 2))],
    ],
    rows.filter(({ name }) => name !== CONTROL),
  );
}

const turned = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];
