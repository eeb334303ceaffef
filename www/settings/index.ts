/** What only the settings need: their style, and what a language and the browser have their own ways of. */
export { makeCopy } from './copy.ts';
export { openModal } from './modal.ts';
export { lifetime, services, whenDecided } from './locale.ts';
export { default as css } from './preferences.css';
