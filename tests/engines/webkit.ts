/** WebKitGTK, the engine of Safari, by Debian's `webkit2gtk-driver`, on a screen of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import { Session } from './webdriver.ts';

/** The driver's process. A session takes about a second. */
export class WebKit {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #browser: string;

  private constructor(process: ChildProcess, url: string, browser: string) {
    this.#process = process;
    this.#url = url;
    this.#browser = browser;
  }

  static async start(): Promise<WebKit> {
    // In the folder of the machine's architecture.
    const browsers = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`);
    const browser = browsers.find((path) => existsSync(path));
    if (!browser) throw new Error('there is no MiniBrowser of WebKitGTK 4.1; run `npm test` once, which installs it');
    const port = await freePort();
    // Without a D-Bus session of its own it hangs.
    const driver = spawn(
      'dbus-run-session',
      ['--', 'xvfb-run', '-a', '-s', '-screen 0 1400x1100x24', 'WebKitWebDriver', `--port=${port}`],
      {
        // It is a group of processes, which ends as one.
        detached: true,
        stdio: 'ignore',
        env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1' },
      },
    );
    const webkit = new WebKit(driver, `http://127.0.0.1:${port}`, browser);
    try {
      await webkit.#answers();
    } catch (error) {
      webkit.stop();
      throw error;
    }
    return webkit;
  }

  /** Begins a session, with cookies and storage of its own, in a window of this size. */
  async session({ width, height }: { width: number; height: number }): Promise<Session> {
    const session = await Session.begin(this.#url, {
      acceptInsecureCerts: true,
      'webkitgtk:browserOptions': { binary: this.#browser, args: ['--automation'] },
    });
    await session.command('window/rect', { x: 0, y: 0, width, height });
    return session;
  }

  stop(): void {
    const { pid } = this.#process;
    if (pid) process.kill(-pid, 'SIGTERM');
  }

  async #answers(): Promise<void> {
    for (let left = 100; left; left--) {
      if (this.#process.exitCode !== null) break;
      const isThere = await fetch(`${this.#url}/status`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isThere) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('WebKitWebDriver does not answer; are webkit2gtk-driver, xvfb, xauth and dbus installed?');
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
