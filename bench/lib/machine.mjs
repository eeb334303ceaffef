/** On what a run was measured. */
import { cpus, totalmem } from 'node:os';

/** In one line: processor, memory, browser if there is one, Node and day. */
export function machine(browserVersion) {
  const cores = cpus();
  return [
    `${cores.length} × ${cores[0]?.model.trim() || process.arch}`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `${process.platform}`,
    ...(browserVersion ? [`Chromium ${browserVersion}`] : []),
    `Node ${process.versions.node}`,
    new Date().toISOString().slice(0, 10),
  ].join(', ');
}
