/** Tests that are not run in Firefox, and why. */
const WHY: Record<string, RegExp[]> = {
  "the finger's movements are told by Chromium's developer tools": [/by touch/],
  'Playwright does not emulate media in this Firefox': [/on paper/],
  'a dialog that a rule moves out of the window is not always noticed there': [/takes the preferences away/],
  'they load an extension into Chromium': [/an ad blocker that (hides|comes late)/],
};

export const NOT_IN_FIREFOX: RegExp[] = Object.values(WHY).flat();
