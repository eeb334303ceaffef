/** Requests that code makes: `fetch`, `XMLHttpRequest`, beacons. */
import { setOwn } from '../dom.ts';
import type { ClosedServices, Wait } from '../autoblock.ts';

/** Begins to hold them. */
export function holdCalls(closedServices: ClosedServices, wait: Wait): void {
  const request = fetch;
  setOwn('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const services = closedServices(input instanceof Request ? input.url : input);
    if (!services) return request(input, init);
    return new Promise((resolve) => wait(services, () => resolve(request(input, init))));
  });

  const { open, send, abort } = XMLHttpRequest.prototype;
  /** The request that each was last opened for. */
  const requests = new WeakMap<XMLHttpRequest, { address: unknown }>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    requests.set(this, { address: args[1] });
    return open.apply(this, args as Parameters<typeof open>);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (body) {
    const request = requests.get(this);
    const services = request && closedServices(request.address);
    if (!services) return send.call(this, body);
    wait(services, () => {
      if (requests.get(this) === request) send.call(this, body);
    });
  };
  XMLHttpRequest.prototype.abort = function () {
    const request = requests.get(this);
    if (request) requests.set(this, { ...request });
    abort.call(this);
  };

  const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (url, data) {
    const services = closedServices(url);
    if (!services) return sendBeacon.call(this, url, data);
    wait(services, () => sendBeacon.call(this, url, data));
    return true;
  };
}
