/**
 * Ends the step of undo that a cell or a notebook is in. Changes within half a second make one step
 * (yjs: UndoManager, captureTimeout), whoever makes them: what the user typed just before must not be
 * undone together with what a command did.
 * @param shared a shared cell or a shared notebook
 */
export function endUndoStep(shared: object): void {
  const { undoManager } = shared as {
    undoManager?: { stopCapturing(): void } | null;
  };
  undoManager?.stopCapturing();
}
