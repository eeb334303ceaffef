/** What `init` was told, for the modules that stand in for the snippet's (`npm/instead/`). */
import type { Proof, ProofCallback, Widget } from './types.ts';

/** How addresses begin that are answered in the page, from the widget's object, and not by a server. */
export const LOCAL = 'placet:';

interface Told {
  /** The widget that is answered in the page, if there is no server. */
  widget?: Widget;
  /** Who takes its proofs. */
  onProof?: ProofCallback;
  /** Where the WebAssembly is, if not beside the module. */
  wasmUrl?: string | URL;
}

/** One for the page, as there is one banner. */
export const told: Told = {};

/** What the page's server would have answered. */
interface Answered {
  readonly status: number;
  readonly body?: any;
}

/** Answers what a server would have answered to `GET` (`npm/instead/gate/ask.ts`). */
export async function answerHere(url: string): Promise<Answered> {
  const { pathname, searchParams } = new URL(url);
  // The core draws the banner.
  if (!told.widget || pathname.endsWith('/banner')) return { status: 404 };
  try {
    const { render } = await import('./local/render.ts');
    const wanted = searchParams.get('lang') ?? '';
    return { status: 200, body: await render(told.widget, wanted.split(',')) };
  } catch (error) {
    return { status: 422, body: { detail: (error as Error).message } };
  }
}

/** What an identifier of a proof looks like. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Hands a proof over, as a server would have taken it by `POST` (`npm/instead/core/post.ts`). */
export async function takeHere(url: string, json: string): Promise<Answered> {
  const refuse = (status: number, detail: string): Answered => ({ status, body: { detail } });
  if (!new URL(url).pathname.endsWith('/consents')) {
    return refuse(501, 'where there is no server, WebAssembly is needed to keep a choice');
  }
  // One that waits since the site had no server, and has one now.
  if (!told.widget) return refuse(422, 'it was made by a widget without a server, which this page no longer has');
  const proof: Proof = JSON.parse(json);
  try {
    const answer: unknown = await told.onProof?.(proof);
    const consentId = typeof answer === 'string' && UUID.test(answer) ? answer : proof.idempotencyKey;
    return { status: 201, body: { consentId } };
  } catch (error) {
    return refuse(503, `onProof failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
