import type { IZoomTarget } from '../interaction';
import { LaneInteraction } from '../interaction';

/** jsdom has no PointerEvent. */
class FakePointerEvent extends MouseEvent {
  readonly pointerId = 1;
}

describe('LaneInteraction', () => {
  let region: HTMLElement;
  let canvas: HTMLCanvasElement;
  let log: string[];
  let interaction: LaneInteraction;

  beforeEach(() => {
    region = document.createElement('div');
    region.tabIndex = 0;
    region.setPointerCapture = jest.fn();
    canvas = document.createElement('canvas');
    region.append(canvas);
    document.body.append(region);
    log = [];
    const target: IZoomTarget = {
      zoomBy: (factor, x) =>
        log.push(`zoom ${factor.toFixed(2)}${x === undefined ? '' : ` @${x}`}`),
      panBy: fraction => log.push(`pan ${fraction}`),
      panByPixels: pixels => log.push(`pixels ${pixels}`),
      reset: () => log.push('reset'),
      showStart: () => log.push('start'),
      showEnd: () => log.push('end'),
      pointAt: event => log.push(event === undefined ? 'away' : 'point')
    };
    interaction = new LaneInteraction(region, target);
  });

  afterEach(() => {
    interaction.dispose();
    region.remove();
  });

  function wheel(init: WheelEventInit): boolean {
    return canvas.dispatchEvent(
      new WheelEvent('wheel', { bubbles: true, cancelable: true, ...init })
    );
  }

  function press(key: string, init: KeyboardEventInit = {}): boolean {
    const event = { key, bubbles: true, cancelable: true, ...init };
    return region.dispatchEvent(new KeyboardEvent('keydown', event));
  }

  function pointer(type: string, clientX: number): void {
    canvas.dispatchEvent(
      new FakePointerEvent(type, { bubbles: true, clientX })
    );
  }

  it('leaves a plain wheel to the notebook', () => {
    expect(wheel({ deltaY: 100 })).toBe(true);
    expect(log).toEqual([]);
  });

  it('zooms with Ctrl or Cmd, around the pointer', () => {
    expect(wheel({ deltaY: 250, ctrlKey: true, clientX: 40 })).toBe(false);
    expect(wheel({ deltaY: -250, metaKey: true, clientX: 7 })).toBe(false);
    expect(log).toEqual(['zoom 2.00 @40', 'zoom 0.50 @7']);
  });

  it('pans with Shift and with a sideways wheel', () => {
    expect(wheel({ deltaY: 30, shiftKey: true })).toBe(false);
    expect(wheel({ deltaX: -20, deltaY: 3 })).toBe(false);
    expect(log).toEqual(['pixels 30', 'pixels -20']);
  });

  it('counts a wheel in lines as pixels', () => {
    wheel({
      deltaY: 2,
      deltaMode: WheelEvent.DOM_DELTA_LINE,
      shiftKey: true
    });
    expect(log).toEqual(['pixels 32']);
  });

  it.each([
    ['w', 'zoom 0.67'],
    ['s', 'zoom 1.50'],
    ['+', 'zoom 0.67'],
    ['-', 'zoom 1.50'],
    ['a', 'pan -0.15'],
    ['ArrowLeft', 'pan -0.15'],
    ['d', 'pan 0.15'],
    ['ArrowRight', 'pan 0.15'],
    ['Home', 'start'],
    ['End', 'end'],
    ['0', 'reset']
  ])('does for the key %s: %s', (key, act) => {
    expect(press(key)).toBe(false);
    expect(log).toEqual([act]);
  });

  it('leaves other keys, and keys with a modifier, alone', () => {
    expect(press('x')).toBe(true);
    expect(press('Tab')).toBe(true);
    expect(press('s', { ctrlKey: true })).toBe(true);
    expect(press('a', { metaKey: true })).toBe(true);
    expect(log).toEqual([]);
  });

  it('leaves keys on the elements within alone', () => {
    const inner = document.createElement('button');
    region.append(inner);
    inner.dispatchEvent(
      new KeyboardEvent('keydown', { key: 's', bubbles: true })
    );
    expect(log).toEqual([]);
  });

  it('gives the focus back with Escape', () => {
    region.focus();
    expect(document.activeElement).toBe(region);
    press('Escape');
    expect(document.activeElement).toBe(document.body);
    const cell = document.createElement('div');
    cell.tabIndex = -1;
    document.body.append(cell);
    cell.append(region);
    region.focus();
    press('Escape');
    expect(document.activeElement).toBe(cell);
    cell.remove();
  });

  it('drags the picture with the pointer', () => {
    pointer('pointerdown', 100);
    pointer('pointermove', 102);
    expect(log).toEqual([]);
    pointer('pointermove', 110);
    pointer('pointermove', 90);
    pointer('pointerup', 90);
    pointer('pointermove', 91);
    expect(log).toEqual(['away', 'pixels -10', 'pixels 20', 'point']);
  });

  it('shows all on a double click', () => {
    canvas.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    expect(log).toEqual(['reset']);
  });

  it('does nothing once disposed', () => {
    interaction.dispose();
    press('w');
    wheel({ deltaY: 100, ctrlKey: true });
    expect(log).toEqual([]);
  });
});
