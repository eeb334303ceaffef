#!/usr/bin/env node
// The demo's "third party": a second origin that serves trackers and writes down every request,
// so that what ran, and what did not, can be counted rather than believed.
//
//   node www/demo/trackers.mjs [--port 8788]      (--port 0 takes any free port)

import { readFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HOST = '127.0.0.1';
const REMEMBERED_REQUESTS = 1000;
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const FILES = {
  '/analytics.js': { file: 'analytics.js', type: 'text/javascript; charset=utf-8' },
  '/chat.js': { file: 'chat.js', type: 'text/javascript; charset=utf-8' },
  '/frame.html': { file: 'frame.html', type: 'text/html; charset=utf-8' },
};

/**
 * Starts a tracker host on the loopback interface.
 *
 * @param {{port?: number}} [options] port 0, the default, takes any free port
 * @returns {Promise<{origin: string, hits: () => Hits, clear: () => void, close: () => Promise<void>,
 *                    serve: (path: string, type: string, body: string) => string}>}
 *          `serve` puts a file there and answers with its address
 *
 * @typedef {{total: number, byPath: Record<string, number>,
 *            requests: {path: string, query: string, at: string, referer: string | null}[]}} Hits
 */
export async function startTrackers({ port = 0 } = {}) {
  const answers = await loadAnswers();
  const log = requestLog();

  const server = createServer((request, response) => {
    request.resume();
    const [path, query = ''] = request.url.split(/\?(.*)/s);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (path === '/log') return answerLog(request, response, log);
    log.add({ path, query, at: new Date().toISOString(), referer: request.headers.referer ?? null });
    const answer = answers.get(path) ?? { status: 404, type: 'text/plain; charset=utf-8', body: 'Not found\n' };
    send(response, answer);
  });

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });

  const origin = `http://${HOST}:${server.address().port}`;
  return {
    origin,
    serve(path, type, body) {
      answers.set(path, { type, body });
      return origin + path;
    },
    hits: log.read,
    clear: log.clear,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function loadAnswers() {
  const answers = new Map([
    ['/collect', { status: 204 }],
    ['/pixel.gif', { type: 'image/gif', body: PIXEL }],
  ]);
  for (const [path, { file, type }] of Object.entries(FILES)) {
    answers.set(path, { type, body: await readFile(new URL(`trackers/${file}`, import.meta.url)) });
  }
  return answers;
}

function requestLog() {
  let total, byPath, requests;
  const clear = () => {
    total = 0;
    byPath = new Map();
    requests = [];
  };
  clear();
  return {
    clear,
    add(request) {
      total += 1;
      byPath.set(request.path, (byPath.get(request.path) ?? 0) + 1);
      requests.push(request);
      if (requests.length > REMEMBERED_REQUESTS) requests.shift();
    },
    read: () => ({ total, byPath: Object.fromEntries(byPath), requests: [...requests] }),
  };
}

function answerLog(request, response, log) {
  switch (request.method) {
    case 'GET':
      return send(response, { type: 'application/json', body: JSON.stringify(log.read()) });
    case 'DELETE':
      log.clear();
      return send(response, { status: 204 });
    case 'OPTIONS':
      response.setHeader('Access-Control-Allow-Methods', 'GET, DELETE');
      return send(response, { status: 204 });
    default:
      response.setHeader('Allow', 'GET, DELETE, OPTIONS');
      return send(response, { status: 405 });
  }
}

function send(response, { status = 200, type, body }) {
  response.writeHead(status, type ? { 'Content-Type': type } : {});
  response.end(body);
}

async function main() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8788' } } });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) {
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}"`);
  }
  const trackers = await startTrackers({ port: Number(values.port) });
  console.log(`Tracker host on ${trackers.origin}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, trackers.close);
}

const startedDirectly = process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (startedDirectly) {
  main().catch((error) => {
    const reason = error.code === 'EADDRINUSE' ? 'that port is taken: choose another with --port' : error.message;
    console.error(`Tracker host: ${reason}`);
    process.exitCode = 1;
  });
}
