/** What comes for visitors who have to be asked, or who change something: the prompt, and the glue around the core. */
import type { Controller } from '../session/controller.ts';
import { Prompt } from './prompt.ts';

export const begin = (controller: Controller): Prompt => new Prompt(controller);
