/**
 * Events inside the root are its own business. A page's listeners take them for those of a `div`: shortcuts swallow keys,
 * carousels touches, smooth scrolling the wheel, focus traps of other dialogs the focus. So they are stopped where they
 * come in, at the window, before any listener below it. What a listener has prevented that was there before, is done here.
 */

const TYPES = [
  ...['click', 'auxclick', 'dblclick', 'contextmenu', 'selectstart', 'dragstart', 'copy', 'beforeinput', 'input'],
  ...['keydown', 'keypress', 'keyup', 'wheel', 'touchstart', 'touchmove', 'touchend', 'touchcancel'],
  ...['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'focus', 'blur', 'focusin', 'focusout'],
];

/** A finger that moves by less, in pixels, taps. */
const TAP = 10;

/** Listens at the window; to be called again when that has lost its listeners. */
export function makeIsolation(root: ShadowRoot): () => void {
  /** What a key is held down on, and whether its effect has been had. */
  let pressed: { target: Element; isDone: boolean } | undefined;
  let finger: { x: number; y: number; isPrevented: boolean; moved: boolean } | undefined;

  const isolate = (event: Event): void => {
    // What scripts send is meant for those who listen.
    if (!event.isTrusted) return;
    const path = event.composedPath();
    const inside = path.slice(0, path.indexOf(root)) as Element[];
    const target = inside[0];
    if (!target || !path.includes(root)) return;
    event.stopImmediatePropagation();
    const { type, defaultPrevented, key, repeat } = event as KeyboardEvent;
    if (type === 'click') {
      if (defaultPrevented) setTimeout(() => activate(target));
      // The browser does the rest of it; the buttons' own listeners are in the root.
      else if (target.closest('button')) activate(target);
    } else if (type === 'keydown') {
      if (defaultPrevented && key === 'Escape') root.querySelector('dialog')?.close();
      const isPress = key === 'Enter' ? !target.matches('input') : key === ' ' && !target.matches('a');
      if (repeat) return;
      pressed = { target, isDone: defaultPrevented && isPress };
      if (pressed.isDone) activate(target);
    } else if (type === 'keyup') {
      if (pressed?.isDone) event.preventDefault();
      else if (defaultPrevented && pressed?.target === target && key === ' ' && !target.matches('a')) activate(target);
      pressed = undefined;
    } else if (type === 'wheel' && defaultPrevented) {
      const { deltaY, deltaMode } = event as WheelEvent;
      scroll(inside, deltaY * [1, 20, innerHeight][deltaMode]!);
    } else if (type.startsWith('touch')) {
      const { clientX: x, clientY: y } = (event as TouchEvent).changedTouches[0]!;
      if (type === 'touchstart') finger = { x, y, isPrevented: defaultPrevented, moved: false };
      if (!finger) return;
      finger.isPrevented ||= defaultPrevented;
      finger.moved ||= Math.hypot(finger.x - x, finger.y - y) > TAP;
      if (finger.isPrevented && finger.moved && type === 'touchmove') {
        scroll(inside, finger.y - y);
        finger.y = y;
      }
      if (finger.isPrevented && !finger.moved && type === 'touchend') activate(target);
    }
  };
  return () => {
    for (const type of TYPES) addEventListener(type, isolate, { capture: true, passive: /^(wheel|touch)/.test(type) });
  };
}

/** Does what a click does. The event does not leave the root. */
function activate(target: Element): void {
  const element = target.closest('label')?.control ?? target;
  element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
}

/** Scrolls the innermost of these elements that can be. */
function scroll(inside: Element[], top: number): void {
  const scroller = inside.find(
    (element) => element.scrollHeight > element.clientHeight && /auto|scroll/.test(getComputedStyle(element).overflowY),
  );
  scroller?.scrollBy({ top, behavior: 'instant' });
}
