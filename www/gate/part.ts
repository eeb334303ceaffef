/** The SDK's further modules, loaded when they are needed. */
import { DEADLINE } from './moments.ts';

/** Loads a module of the SDK, in time. Rejects with an `Error` that says what to do. */
export async function loadPart<T>(server: string, file: string): Promise<T> {
  const url = `${server}/sdk/${file}`;
  try {
    return await Promise.race([import(url), new Promise<never>((_, fail) => setTimeout(fail, DEADLINE))]);
  } catch {
    throw Error(`the server cannot be reached: ${url} cannot be loaded; check it and the page's policy`);
  }
}
