/** A browser over WebDriver (https://www.w3.org/TR/webdriver2/), for engines that Playwright does not reach. */

type Json = any;

/** How long a browser may take to come up, in milliseconds; it takes about 1,000. */
const SESSION_TIMEOUT = 15_000;

/** One session: a browser's window with cookies and storage of its own. */
export class Session {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /**
   * Begins a session with a driver. A driver that is busy starting sends an empty answer, and a browser that does not
   * come up none at all: it is asked again.
   */
  static async begin(driver: string, capabilities: Json): Promise<Session> {
    for (let left = 5; ; left--) {
      try {
        const wanted = { capabilities: { alwaysMatch: capabilities } };
        const { sessionId } = await send(`${driver}/session`, wanted, AbortSignal.timeout(SESSION_TIMEOUT));
        if (sessionId) return new Session(`${driver}/session/${sessionId}`);
      } catch (error) {
        if (!left) throw error;
      }
      if (!left) throw new Error(`${driver} begins no session`);
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  /** Sends a command of the session. */
  command(path: string, body: Json = {}): Promise<Json> {
    return send(`${this.#url}/${path}`, body);
  }

  /** Runs a function in the page and waits for what it resolves with. */
  async evaluate(code: string, argument: unknown): Promise<Json> {
    const script = `
      const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${code})(arguments[0])).then(
        (value) => done({ value }),
        (error) => done({ error: String(error) }),
      );`;
    const { value, error } = await this.command('execute/async', { script, args: [argument ?? null] });
    if (error) throw new Error(error);
    return value;
  }

  /** Clicks with the mouse, at a place of the window. */
  async click(x: number, y: number): Promise<void> {
    const at = { type: 'pointerMove', duration: 0, origin: 'viewport', x: Math.round(x), y: Math.round(y) };
    const press = [
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await this.command('actions', {
      actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [at, ...press] }],
    });
  }

  /** Presses a key: a character, or one of WebDriver's own code points (`\uE004` is Tab). */
  async press(key: string): Promise<void> {
    const actions = [
      { type: 'keyDown', value: key },
      { type: 'keyUp', value: key },
    ];
    await this.command('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from(await get(`${this.#url}/screenshot`), 'base64');
  }

  /** A cookie of the page, if it is there. */
  async cookie(name: string): Promise<Json> {
    const cookies: Json[] = await get(`${this.#url}/cookie`);
    return cookies.find((cookie) => cookie.name === name);
  }

  async end(): Promise<void> {
    await fetch(this.#url, { method: 'DELETE' }).catch(() => {});
  }
}

const send = async (url: string, body: Json, signal?: AbortSignal): Promise<Json> => {
  const headers = { 'content-type': 'application/json' };
  return read(await fetch(url, { method: 'POST', body: JSON.stringify(body), headers, signal }));
};

const get = async (url: string): Promise<Json> => read(await fetch(url));

async function read(answer: Response): Promise<Json> {
  const { value } = (await answer.json()) as { value: Json };
  if (!answer.ok) throw new Error(`WebDriver: ${value?.error}: ${value?.message}`);
  return value;
}
