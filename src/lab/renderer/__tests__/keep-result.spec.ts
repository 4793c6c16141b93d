import { OutputAreaModel } from '@jupyterlab/outputarea';
import { BUNDLE_MIME_TYPE } from '../../../core/trace/bundle';
import { sampleBundle, samplePlaceholder } from '../../__tests__/sample-bundle';
import { keepResult } from '../keep-result';

/** A cell's outputs, as JupyterLab holds them, with one display. */
function outputs(shown: object, trusted = true): OutputAreaModel {
  const area = new OutputAreaModel({ trusted });
  area.add({
    output_type: 'display_data',
    data: {
      [BUNDLE_MIME_TYPE]: JSON.parse(JSON.stringify(shown)),
      'text/html': '<p>tracing…</p>',
      'text/plain': 'tracing…'
    },
    metadata: { of: 'the cell' }
  });
  return area;
}

describe('a result from the run store', () => {
  it('replaces the placeholder in all its forms, and tells the notebook', () => {
    const area = outputs(samplePlaceholder());
    const changes = jest.fn();
    area.changed.connect(changes);
    const newer = { ...sampleBundle(), added: 'by a newer version' };
    expect(keepResult(area.get(0), BUNDLE_MIME_TYPE, newer)).toBe(true);
    expect(changes).toHaveBeenCalledTimes(1);
    const [saved] = area.toJSON() as {
      data: Record<string, unknown>;
      metadata: object;
    }[];
    expect(saved.data[BUNDLE_MIME_TYPE]).toEqual(newer);
    for (const form of ['text/html', 'text/plain']) {
      expect(saved.data[form]).toContain('MainThread');
      expect(saved.data[form]).not.toContain('tracing…');
    }
    expect(saved.metadata).toEqual({ of: 'the cell' });
  });

  it.each([
    ['the notebook is not trusted', samplePlaceholder(), sampleBundle(), false],
    ['a result stands there', sampleBundle('shown'), sampleBundle(), true],
    [
      'another run stands there',
      {
        ...samplePlaceholder(),
        run: { ...samplePlaceholder().run, id: 'run-2' }
      },
      sampleBundle(),
      true
    ],
    ['it is none yet', samplePlaceholder(), samplePlaceholder(), true],
    ['it can’t be read', samplePlaceholder(), { format: 'other' }, true]
  ])('changes nothing where %s', (_case, shown, json, trusted) => {
    const area = outputs(shown, trusted);
    const before = JSON.stringify(area.toJSON());
    expect(keepResult(area.get(0), BUNDLE_MIME_TYPE, json)).toBe(false);
    expect(JSON.stringify(area.toJSON())).toBe(before);
  });
});
