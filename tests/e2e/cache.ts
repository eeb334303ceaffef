/** A shared cache between visitors and the server, as a CDN is: it does what RFC 9111 lets a shared cache do. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import CachePolicy from 'http-cache-semantics';

interface Stored {
  readonly policy: CachePolicy;
  readonly body: Buffer;
}

export class SharedCache {
  readonly #server: Server;
  readonly #stored = new Map<string, Stored[]>();
  /** What the server was asked, since what was stored did not do. */
  readonly misses: string[] = [];

  /** `respectsVary`: some caches keep one answer for each address, whatever `Vary` says. */
  constructor(upstream: () => string, { respectsVary }: { respectsVary: boolean }) {
    this.#server = createServer(async (request, response) => {
      const { method = 'GET', url = '/', headers } = request;
      const asked = { method, url, headers };
      const found = this.#stored.get(url)?.find(({ policy }) => policy.satisfiesWithoutRevalidation(asked));
      if (found) {
        response.writeHead(200, found.policy.responseHeaders() as IncomingHttpHeaders);
        return void response.end(found.body);
      }
      this.misses.push(url);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(upstream() + url, {
        method,
        headers: passedOn(headers),
        ...(method === 'POST' && { body: Buffer.concat(chunks) }),
      });
      const { 'content-encoding': _, 'content-length': __, ...told } = Object.fromEntries(answer.headers);
      if (!respectsVary) delete told.vary;
      const body = Buffer.from(await answer.arrayBuffer());
      const policy = new CachePolicy(asked, { status: answer.status, headers: told }, { shared: true });
      if (policy.storable()) this.#stored.set(url, [{ policy, body }, ...(this.#stored.get(url) ?? [])]);
      response.writeHead(answer.status, told);
      response.end(body);
    });
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** What is between two machines only stays there (RFC 9110, 7.6.1); the rest the visitor has sent. */
function passedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const own = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade'];
  const others = Object.entries(headers).filter(([name, value]) => typeof value === 'string' && !own.includes(name));
  return Object.fromEntries(others) as Record<string, string>;
}
