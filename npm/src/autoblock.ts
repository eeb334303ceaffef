/**
 * Automatic blocking, for pages that nobody marks up: what goes to a host that a service declares is held until the service
 * is granted. What it cannot stop is what was requested before it was called, and what only the browser's own machinery
 * requests (CSS, `import()`, sockets, workers): call it first, in a script of its own that comes before the others.
 *
 * @packageDocumentation
 */
import { type Domains, holdRequests } from '../../www/gate/autoblock.ts';
import type { Release, Widget } from './types.ts';

/**
 * Begins to hold, by the hosts that the widget's services declare, or by hosts with the slugs of the services that load from
 * each (`{ '*.youtube.com': ['youtube'] }`). What it answers is for `init`, which lets go. To be called once; where there is
 * no page it does nothing.
 *
 * ```ts
 * const release = autoblock(widget);
 * const consent = await init({ config: widget, autoblock: release });
 * ```
 */
export function autoblock(hosts: Widget | Readonly<Record<string, readonly string[]>>): Release {
  if (typeof document === 'undefined') return () => {};
  return holdRequests(isWidget(hosts) ? declared(hosts) : hosts);
}

const isWidget = (hosts: Parameters<typeof autoblock>[0]): hosts is Widget =>
  Array.isArray(hosts.services) && typeof hosts.services[0] === 'object';

/** The hosts that services declare, each with the slugs of those services. */
function declared({ services }: Widget): Domains {
  const domains: Record<string, string[]> = {};
  for (const { slug, purpose, domains: hosts = [] } of services) {
    if (purpose === 'Necessary') continue;
    for (const host of hosts) (domains[host.toLowerCase()] ??= []).push(slug);
  }
  return domains;
}
