/** What comes with the core: the glue that wasm-bindgen made, the styles, and the host element. */
import initGlue, { begin as beginVisit } from '../../target/wasm-pkg/placet.js';
import type { Core, CoreModule } from '../gate/core.ts';
import { HOST_ID } from '../gate/names.ts';
import css from './style.css';

let root: ShadowRoot | undefined;

/** Placet's place in the page: one host with a shadow root, so that styles leak neither in nor out. */
function shadowRoot(): ShadowRoot {
  return (root ??= makeRoot());
}

function makeRoot(): ShadowRoot {
  const host = document.createElement('div');
  host.id = HOST_ID;
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  stay(host);
  return root;
}

/** Keeps the host in the page's body, also when navigation without loading puts another body in its place. */
function stay(host: HTMLElement): void {
  const observer = new MutationObserver(() => host.isConnected || attach());
  const attach = (): void => {
    observer.disconnect();
    observer.observe(document.documentElement, { childList: true });
    // The parser may not have come to it yet, and between two pages there may be none.
    const body = document.body as HTMLElement | null;
    if (!body) return;
    body.append(host);
    observer.observe(body, { childList: true });
  };
  attach();
}

async function compile(wasm: string): Promise<void> {
  if (typeof WebAssembly !== 'object') {
    throw Error('this browser has no WebAssembly (a hardened mode?), so the visitor cannot be asked and nothing opens');
  }
  try {
    await initGlue({ module_or_path: wasm });
  } catch (error) {
    throw Error(
      error instanceof WebAssembly.CompileError
        ? "the page's content security policy forbids WebAssembly; add 'wasm-unsafe-eval' to script-src"
        : `${wasm} cannot be loaded; check that the server is running and that connect-src allows it`,
    );
  }
}

export const begin: CoreModule['begin'] = async (wasm, page): Promise<Core> => {
  await compile(wasm);
  return beginVisit(Object.assign(page, { root: shadowRoot }));
};
