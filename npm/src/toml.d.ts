/** The build reads TOML into an object whose keys are in camel case. */
declare module '*/presets.toml' {
  const presets: Record<
    NonNullable<import('./types.ts').Appearance['preset']>,
    Record<'light' | 'dark', import('./types.ts').Colours>
  >;
  export default presets;
}

declare module '*.toml' {
  export const texts: import('./local/words.ts').Words['texts'];
  export const purposes: import('./local/words.ts').Words['purposes'];
}

declare module '*.wasm.gz' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
