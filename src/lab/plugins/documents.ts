/** Opens trace files, NAME.giltrace, with a double click. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IThemeManager } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { fileIcon } from '@jupyterlab/ui-components';
// A file type needs its factory at once: documents of the last session are opened again at the start.
// eslint-disable-next-line jupyter/prefer-lazy-imports
import {
  TRACE_FILE_TYPE,
  TRACE_MODEL,
  TraceDocumentFactory,
  TraceModelFactory
} from '../documents/factory';
import { startTraceWorker } from '../trace/start-worker';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { TraceLoader } from '../trace/trace-loader';

export const documentsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'giltracer:documents',
  description: 'Opens trace files of giltracer.',
  autoStart: true,
  optional: [IThemeManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    themes: IThemeManager | null,
    translator: ITranslator | null
  ): void => {
    const { docRegistry, serviceManager } = app;
    const trans = (translator ?? nullTranslator).load('giltracer');
    docRegistry.addFileType({
      name: TRACE_FILE_TYPE,
      displayName: trans.__('giltracer trace'),
      extensions: ['.giltrace'],
      mimeTypes: ['application/vnd.giltracer.trace+zip'],
      contentType: 'file',
      fileFormat: 'base64',
      icon: fileIcon
    });
    docRegistry.addModelFactory(new TraceModelFactory());
    docRegistry.addWidgetFactory(
      new TraceDocumentFactory(
        {
          name: 'giltracer',
          label: trans.__('giltracer trace'),
          modelName: TRACE_MODEL,
          fileTypes: [TRACE_FILE_TYPE],
          defaultFor: [TRACE_FILE_TYPE],
          readOnly: true,
          translator: translator ?? nullTranslator
        },
        {
          contents: serviceManager.contents,
          settings: serviceManager.serverSettings,
          loader: new TraceLoader(startTraceWorker),
          trans,
          themeChanged: themes?.themeChanged
        }
      )
    );
  }
};
