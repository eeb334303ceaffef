/** Patterns of names: each `*` stands for any characters (`fits_pattern` in `server/src/widget/check.rs`). */

/** Whether a name is one of a pattern's. */
export const fits = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return RegExp(`^${parts.join('.*?')}$`, 's').test(name);
  });
