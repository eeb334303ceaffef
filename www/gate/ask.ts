/** The way to what the server answers. */

/** The answer's status, 0 if there is none, and its body if it is JSON. */
export async function ask(url: string): Promise<{ status: number; body?: any }> {
  try {
    const answer = await fetch(url);
    const { status } = answer;
    return { status, body: await answer.json().catch(() => {}) };
  } catch {
    return { status: 0 };
  }
}
