/**
 * The core's WebAssembly. Bundlers that know `new URL(…, import.meta.url)` put the file beside their own; where it is not
 * there (esbuild leaves it behind, and so does Vite's development server), it comes inside a module.
 */
import { told } from './told.ts';

/** Where it is; an empty text in a bundle that is no module, which has no address. */
export function wasmUrl(): string {
  try {
    return `${told.wasmUrl ?? new URL('./placet_bg.wasm', import.meta.url)}`;
  } catch {
    return '';
  }
}

/** Fetches it. Rejects if it cannot be had. */
export async function loadWasm(): Promise<Response> {
  // The page's policy may allow scripts and no connections.
  const answer = await fetch(wasmUrl(), { priority: 'low' }).catch(() => {});
  // Where there is no such file, a development server may answer with the page.
  if (answer?.ok && !answer.headers.get('content-type')?.includes('html')) return answer;
  const { default: gzip } = await import('./inline.ts');
  const bytes = new Blob([gzip]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(bytes, { headers: { 'content-type': 'application/wasm' } });
}
