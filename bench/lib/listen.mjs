/** A web server of a run's own: on a free port, as `localhost`, which the demo widget allows. */
import { createServer } from 'node:http';

/** Starts it; resolves with its address and a function that stops it. */
export async function listen(answer) {
  const server = createServer(answer);
  server.keepAliveTimeout = 60_000;
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://localhost:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Serves pages that are written for the occasion: `pageOf` has the HTML for a path. */
export const listenWith = (pageOf) =>
  listen((request, response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(request.url)),
  );
