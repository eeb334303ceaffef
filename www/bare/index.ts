/**
 * An answer where the core cannot run: WebAssembly is forbidden or missing. *Refuse all* and *accept all* go to the
 * server as they are; it does what the core would have done, with the same code, and says what follows.
 */
import { post } from '../core/post.ts';
import { uuid } from '../core/uuid.ts';
import { cookies, setCookie } from '../gate/jar.ts';
import { keep } from '../session/storage.ts';
import { type AnswerOutcome, type AnswerRequest, RECEIPT, SESSION } from '../gate/protocol.ts';
import { isUuid } from '../session/shape.ts';

/** What the gate knows: the answer, and what was asked. */
export interface Asked extends Pick<AnswerRequest, 'answer' | 'lang' | 'versionKey'> {
  readonly signalled: boolean;
  readonly consentId: string | undefined;
  readonly userId: string | undefined;
}

/** Has the server keep an answer, and keeps here what follows. Rejects with an `Error` that says why it could not. */
export async function send(
  url: string,
  asked: Asked,
  credentials: RequestCredentials = 'same-origin',
): Promise<AnswerOutcome> {
  const secure = location.protocol === 'https:';
  const request = { __proto__: null, ...asked, sessionId: session(), idempotencyKey: uuid(), secure };
  const { status, body } = await post(url, JSON.stringify(request), credentials).catch(() => {
    throw failure('the server cannot be reached');
  });
  const outcome = parse(body);
  if (status !== 201 || !outcome?.choice) throw failure(outcome?.detail ?? `the server answered ${status}`);
  // Where the answer itself has set it, it lives longer than if a script did.
  if (!cookies().includes(outcome.cookie.split(';', 1)[0]!)) setCookie(outcome.cookie);
  // Without a prototype, which old libraries give a `toJSON`.
  keep(RECEIPT, JSON.stringify({ __proto__: null, consentId: outcome.consentId, expiresAt: outcome.expiresAt }));
  return outcome;
}

const failure = (why: string): Error =>
  Error(`the choice could not be kept, and the visitor will be asked again: ${why}`);

/** The visit's identifier, kept until the tab is closed. */
function session(): string {
  const before = kept();
  const id = before && isUuid(before) ? before : uuid();
  try {
    sessionStorage.setItem(SESSION, id);
  } catch {
    // Where storage is forbidden each choice is a visit.
  }
  return id;
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(SESSION);
  } catch {
    return null;
  }
}

function parse(json: string): any {
  try {
    return JSON.parse(json);
  } catch {
    return;
  }
}
