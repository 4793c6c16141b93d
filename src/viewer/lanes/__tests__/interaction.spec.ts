import type { IPointerTarget } from '../interaction';
import { LaneInteraction } from '../interaction';

/** jsdom has no PointerEvent. */
class FakePointerEvent extends MouseEvent {
  readonly pointerId = 1;
}

describe('LaneInteraction', () => {
  let region: HTMLElement;
  let canvas: HTMLCanvasElement;
  let log: string[];
  let selecting: boolean;
  let interaction: LaneInteraction;

  beforeEach(() => {
    region = document.createElement('div');
    region.tabIndex = 0;
    region.setPointerCapture = jest.fn();
    canvas = document.createElement('canvas');
    region.append(canvas);
    document.body.append(region);
    log = [];
    selecting = false;
    const target: IPointerTarget = {
      zoomBy: (factor, x) => log.push(`zoom ${factor.toFixed(2)} @${x}`),
      panByPixels: pixels => log.push(`pixels ${pixels}`),
      reset: () => log.push('reset'),
      pointAt: event => log.push(event === undefined ? 'away' : 'point'),
      clickAt: ({ clientX: x }) => log.push(`click ${x}`),
      get selecting() {
        return selecting;
      },
      beginRange: x => log.push(`range from ${x}`),
      dragRange: x => log.push(`range to ${x}`),
      endRange: () => log.push('range')
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

  function pointer(
    type: string,
    clientX: number,
    init: MouseEventInit = {}
  ): void {
    canvas.dispatchEvent(
      new FakePointerEvent(type, { bubbles: true, clientX, ...init })
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

  it('selects a range with Shift, or while that is what a drag does', () => {
    pointer('pointerdown', 100, { shiftKey: true });
    pointer('pointermove', 110);
    pointer('pointermove', 120);
    pointer('pointerup', 120);
    selecting = true;
    pointer('pointerdown', 50);
    pointer('pointermove', 40);
    pointer('pointerup', 40);
    expect(log).toEqual([
      'away',
      'range from 100',
      'range to 110',
      'range to 120',
      'range',
      'away',
      'range from 50',
      'range to 40',
      'range'
    ]);
  });

  it('takes a press that hardly moved for a click', () => {
    pointer('pointerdown', 100);
    pointer('pointermove', 102);
    pointer('pointerup', 102);
    expect(log).toEqual(['click 102']);
  });

  it('shows all on a double click', () => {
    canvas.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    expect(log).toEqual(['reset']);
  });

  it('does nothing once disposed', () => {
    interaction.dispose();
    pointer('pointerdown', 1);
    pointer('pointerup', 1);
    wheel({ deltaY: 100, ctrlKey: true });
    expect(log).toEqual([]);
  });
});
