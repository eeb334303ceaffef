/**
 * Where placeholders lie. One is positioned by where the page would lay it out, right behind its frame, so it moves with
 * the text around both; only what is between the two is measured, and only of those near the window, when something may
 * have moved: all are read before one is written, so that the page is laid out twice at most, however many there are.
 */
import type { Placeholder } from './placeholder.ts';

/** A frame that is narrower or lower, in pixels, is not there to be seen, and nobody is asked in it. */
const LEAST = 24;

export class Placing {
  /** By the elements whose size matters: the frame and what it is in. */
  readonly #watched = new Map<Element, Set<Placeholder>>();
  readonly #elements = new Map<Placeholder, Element[]>();
  readonly #near = new Set<Placeholder>();
  /** Those that have not been placed. */
  readonly #new = new Set<Placeholder>();
  /** From where the page would lay it out to where the frame is. */
  readonly #offsets = new WeakMap<Placeholder, { left: number; top: number }>();
  #isDue = false;

  readonly #sizes = new ResizeObserver((entries) => {
    const found = new Set(this.#new);
    for (const { target } of entries) {
      for (const placeholder of this.#watched.get(target) ?? []) {
        if (placeholder.frame === target || this.#near.has(placeholder)) found.add(placeholder);
      }
    }
    this.#measure([...found]);
  });

  readonly #seen = new IntersectionObserver(
    (entries) => {
      const found: Placeholder[] = [];
      for (const { target, isIntersecting } of entries) {
        for (const placeholder of this.#watched.get(target) ?? []) {
          if (placeholder.frame !== target) continue;
          if (isIntersecting) this.#near.add(placeholder);
          else this.#near.delete(placeholder);
          if (isIntersecting) found.push(placeholder);
        }
      }
      this.#measure(found);
    },
    { rootMargin: '50%' },
  );

  /** Places a placeholder, from now on; also one that stands elsewhere now. */
  watch(placeholder: Placeholder): void {
    this.forget(placeholder);
    const { frame } = placeholder;
    const elements = [frame, frame.parentElement].filter((element) => !!element);
    this.#elements.set(placeholder, elements);
    for (const element of elements) {
      const those = this.#watched.get(element) ?? new Set();
      this.#watched.set(element, those.add(placeholder));
      this.#sizes.observe(element);
    }
    this.#seen.observe(frame);
    this.#new.add(placeholder);
    this.later();
  }

  forget(placeholder: Placeholder): void {
    this.#near.delete(placeholder);
    this.#new.delete(placeholder);
    this.#seen.unobserve(placeholder.frame);
    for (const element of this.#elements.get(placeholder) ?? []) {
      const those = this.#watched.get(element);
      those?.delete(placeholder);
      if (those?.size) continue;
      this.#watched.delete(element);
      this.#sizes.unobserve(element);
    }
    this.#elements.delete(placeholder);
  }

  /** The page has changed: something may have moved by the next frame. */
  later(): void {
    if (this.#isDue || (!this.#near.size && !this.#new.size)) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#measure([...this.#new, ...this.#near]);
    });
  }

  #measure(placeholders: readonly Placeholder[]): void {
    const boxes = placeholders.map(({ frame }) => frame.getBoundingClientRect());
    const shown: { placeholder: Placeholder; frame: DOMRect }[] = [];
    placeholders.forEach((placeholder, index) => {
      const frame = boxes[index]!;
      const { width, height } = frame;
      const isSeen = Math.min(width, height) >= LEAST;
      this.#new.delete(placeholder);
      placeholder.place('display', isSeen ? 'block' : 'none');
      if (!isSeen) return;
      placeholder.place('width', `${width}px`);
      placeholder.place('height', `${height}px`);
      shown.push({ placeholder, frame });
    });
    // Where it would lie may depend on its size.
    const own = shown.map(({ placeholder }) => placeholder.host.getBoundingClientRect());
    shown.forEach(({ placeholder, frame }, index) => {
      const offset = this.#offsets.get(placeholder) ?? { left: 0, top: 0 };
      offset.left += frame.left - own[index]!.left;
      offset.top += frame.top - own[index]!.top;
      this.#offsets.set(placeholder, offset);
      placeholder.place('left', `${offset.left}px`);
      placeholder.place('top', `${offset.top}px`);
    });
  }
}
