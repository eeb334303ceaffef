/**
 * What a page received, and when, as the browser counts it (CDP `Network`): the bytes of bodies as they were compressed,
 * and of the answers' headers. Times are the browser's own, in seconds, as `NavigationStart` among its metrics.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HERO } from './site.mjs';

export class Traffic {
  #requests = new Map();
  #lastEvent = Date.now();

  /** Listens from now on. */
  static async listen(devtools) {
    const traffic = new Traffic();
    const on = (event, take) =>
      devtools.on(`Network.${event}`, (details) => {
        traffic.#lastEvent = Date.now();
        const request = traffic.#requests.get(details.requestId);
        if (request) take(request, details);
      });
    devtools.on('Network.requestWillBeSent', ({ requestId, request: { url } }) => {
      traffic.#lastEvent = Date.now();
      if (!url.startsWith('data:')) traffic.#requests.set(requestId, new Request(new URL(url).pathname));
    });
    on('requestServedFromCache', (request) => (request.isCached = true));
    on('responseReceived', (request, { timestamp, response }) => {
      request.isCached ||= response.fromDiskCache;
      request.isWasm = response.mimeType === 'application/wasm';
      request.receive(timestamp, response.encodedDataLength);
    });
    on('dataReceived', (request, { timestamp, encodedDataLength }) =>
      request.receive(timestamp, request.bytes + encodedDataLength),
    );
    on('loadingFinished', (request, { timestamp, encodedDataLength }) => {
      request.receive(timestamp, encodedDataLength);
      request.isDone = true;
    });
    on('loadingFailed', (request) => (request.isDone = true));
    await devtools.send('Network.enable');
    return traffic;
  }

  /** What came for the page and its tool up to a time; the page's picture is left out. */
  bytes(until = Infinity) {
    return this.#ofPage().reduce((sum, request) => sum + request.bytesUntil(until), 0);
  }

  /** How many requests went out for the page and its tool; what the browser had already is left out. */
  get requests() {
    return this.#ofPage().filter(({ isCached }) => !isCached).length;
  }

  /** Whether any WebAssembly was used, from the network or the browser's cache. */
  get hasWasm() {
    return this.#ofPage().some(({ isWasm }) => isWasm);
  }

  /** Waits until nothing has come or gone for some milliseconds. */
  async quiet(milliseconds) {
    while (Date.now() - this.#lastEvent < milliseconds || this.#ofPage().some(({ isDone }) => !isDone)) await sleep(50);
  }

  #ofPage() {
    return [...this.#requests.values()].filter(({ path }) => path !== HERO);
  }
}

class Request {
  bytes = 0;
  isCached = false;
  isDone = false;
  isWasm = false;
  #steps = [];

  constructor(path) {
    this.path = path;
  }

  /** By this time it has received so many bytes in all. */
  receive(time, bytes) {
    if (this.isCached || bytes <= this.bytes) return;
    this.bytes = bytes;
    this.#steps.push({ time, bytes });
  }

  bytesUntil(time) {
    return this.#steps.findLast((step) => step.time <= time)?.bytes ?? 0;
  }
}
