/**
 * Blocks what code puts into the page before it is there, as the request of a frame leaves at once: frames that a selector
 * marks, and, after a withdrawal, what the page has kept of itself (`www/guard/`, loaded then).
 */
import type { Blocking } from '../gate/blocking/blocking.ts';
import { loadGuard } from '../gate/parts.ts';
import { report } from '../gate/report.ts';

/** Frames that a selector marks (`iframeBlock`). */
export interface FrameRule {
  readonly selector: string;
  readonly service: string;
}

export class Guard {
  readonly #server: string;
  readonly #blocking: Blocking;
  readonly #rules: FrameRule[] = [];
  #guard: Promise<() => void> | undefined;

  constructor(server: string, blocking: Blocking) {
    this.#server = server;
    this.#blocking = blocking;
  }

  /** Has the frames that match a selector wait for a service, now and later. */
  block(rule: FrameRule): void {
    this.#rules.push(rule);
    this.begin();
  }

  /** Begins to block what code puts into the page. */
  begin(): void {
    this.#guard ??= loadGuard(this.#server).then(({ guardPage }) =>
      guardPage(this.#rules, (element) => this.#blocking.isOpen(element)),
    );
    this.#guard.then(
      (mark) => mark(),
      ({ message }: Error) => report(message),
    );
  }
}
