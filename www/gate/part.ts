/** The SDK's further modules, loaded when they are needed. */

/** Loads a module of the SDK. Rejects with an `Error` that says what to do. */
export async function loadPart<T>(server: string, file: string): Promise<T> {
  const url = `${server}/sdk/${file}`;
  try {
    return await import(url);
  } catch {
    throw Error(`${url} cannot be loaded; is the server running, and does the page's policy allow it?`);
  }
}
