/** Keys that are pressed within a view are not shortcuts of the notebook around it. */

/**
 * Lumino looks for `data-lm-suppress-shortcuts` from the pressed element outwards, but takes a binding for
 * `:focus`, as those of JupyterLab's command mode are, at the pressed element itself (`@lumino/commands` 2.3,
 * `matchKeyBinding`): so the element that has the focus must have it, not one around it.
 */
export function keepKeys(view: HTMLElement): void {
  view.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement) {
      target.dataset.lmSuppressShortcuts = 'true';
    }
  });
}

/** Give the keyboard back to what is around a view: to the notebook's cell. */
export function leaveView(view: HTMLElement): void {
  const around = view.parentElement?.closest<HTMLElement>('[tabindex]');
  if (around) {
    around.focus({ preventScroll: true });
  } else if (document.activeElement instanceof HTMLElement) {
    document.activeElement.blur();
  }
}
