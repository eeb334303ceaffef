/** TLS for tests: an authority of their own, and proxies that speak it, HTTP/2 included. */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCA, createCert } from 'mkcert';

/** A certificate and its key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Hosts that browsers resolve to loopback by themselves, of two domains, and hosts of a domain that Chromium is told about. */
const HOSTS = ['localhost', '*.shop.localhost', '*.other.localhost', 'shop.test', '*.shop.test', '127.0.0.1'];

let identity: Promise<Identity> | undefined;

/** A certificate for these hosts, of an authority that is made once and known to nobody. */
export const tlsIdentity = (): Promise<Identity> => (identity ??= issue());

async function issue(): Promise<Identity> {
  const place = { countryCode: 'FR', state: 'Test', locality: 'Test' };
  const ca = await createCA({ organization: 'An authority of the tests', validity: 30, ...place });
  return createCert({ ca, domains: HOSTS, validity: 30 });
}

/** What went through a proxy. */
export interface Exchange {
  readonly httpVersion: string;
  readonly method: string;
  readonly path: string;
  readonly sent: Record<string, unknown>;
  readonly status: number;
  readonly received: Record<string, unknown>;
}

/** A server that speaks TLS in front of one that does not. */
export interface TlsProxy {
  readonly port: number;
  readonly exchanges: Exchange[];
  stop(): Promise<void>;
}

/** Headers that are of one connection, and no part of HTTP/2 (RFC 9113, 8.2.2). */
const OF_CONNECTION = /^(:.*|connection|keep-alive|transfer-encoding|upgrade|http2-settings)$/;

const withoutConnection = (headers: Record<string, unknown>): Record<string, any> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.test(name)));

/** Starts a proxy to `origin`, on a free port of loopback. */
export async function startTlsProxy(origin: string): Promise<TlsProxy> {
  const exchanges: Exchange[] = [];
  const forward = (asked: Http2ServerRequest, answer: Http2ServerResponse): void => {
    const { method, url: path, httpVersion } = asked;
    const headers = { host: asked.headers[':authority'], ...withoutConnection(asked.headers) };
    const onward = request(new URL(path, origin), { method, headers }, (response) => {
      const received = withoutConnection(response.headers);
      const status = response.statusCode!;
      exchanges.push({ httpVersion, method, path, sent: headers, status, received });
      answer.writeHead(status, received);
      response.pipe(answer);
    });
    onward.on('error', () => answer.stream?.destroy());
    asked.pipe(onward);
  };
  const server = createSecureServer({ ...(await tlsIdentity()), allowHTTP1: true }, forward);
  const sockets = new Set<{ destroy(): void }>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A browser that turns a certificate down.
    socket.on('error', () => {});
  });
  server.on('sessionError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    exchanges,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
