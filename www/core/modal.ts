/** Whether a dialog is open as a modal one. Browsers that do not know `:modal` (before 2022) are taken at their word. */
export function isModal(dialog: HTMLDialogElement): boolean {
  try {
    return dialog.matches(':modal');
  } catch {
    return dialog.open;
  }
}
