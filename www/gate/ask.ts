/** The way to what the server answers. */
import { DEADLINE } from './moments.ts';

/** The answer's status, 0 if there is none, and its body. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Asks the server. An answer that has not come to its end in time is none. */
export async function ask(url: string, credentials: RequestCredentials = 'same-origin'): Promise<Answered> {
  try {
    const answer = await fetch(url, { credentials, signal: AbortSignal.timeout(DEADLINE) });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return { status: 0, body: '' };
  }
}
