/** How Jupyter opens trace files: a file type, a model that leaves the file alone, and a widget. */
import {
  ABCWidgetFactory,
  DocumentWidget,
  type DocumentRegistry,
  TextModelFactory
} from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import { TraceDocument } from './trace-document';

export const TRACE_FILE_TYPE = 'giltracer-trace';
export const TRACE_MODEL = 'giltracer-trace';

/** A model without content: a text of base64 would be larger than the file, and nobody reads it. */
export class TraceModelFactory extends TextModelFactory {
  constructor() {
    super(false);
  }

  // The base has getters, which no field may replace.
  get name(): string {
    return TRACE_MODEL;
  }

  // eslint-disable-next-line @typescript-eslint/class-literal-property-style
  get fileFormat(): Contents.FileFormat {
    return null;
  }
}

export class TraceDocumentFactory extends ABCWidgetFactory<
  DocumentWidget<TraceDocument>
> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions,
    private readonly _services: TraceDocument.IServices
  ) {
    // These options only name the class of widgets that the factory makes.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    super(options);
  }

  protected createNewWidget(
    context: DocumentRegistry.Context
  ): DocumentWidget<TraceDocument> {
    const content = new TraceDocument(context, this._services);
    return new DocumentWidget({ content, context });
  }
}
