/** Buttons for commands of other parts: each is there if its command is. */
import type { CommandRegistry } from '@lumino/commands';
import { button, element } from '../../viewer/dom';

export class CommandButtons {
  constructor(
    private readonly _commands: CommandRegistry,
    private readonly _ids: readonly string[],
    label: string
  ) {
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', label);
    _commands.commandChanged.connect(this._show, this);
    this._show();
  }

  readonly node = element('div', 'giltracer-Sidebar-buttons');

  /** Whether the commands may be used is not always told. */
  refresh(): void {
    this._show();
  }

  dispose(): void {
    this._commands.commandChanged.disconnect(this._show, this);
  }

  private readonly _show = (): void => {
    const there = this._ids.filter(id => this._commands.hasCommand(id));
    for (const id of this._ids) {
      if (!there.includes(id)) {
        this._buttons.get(id)?.remove();
        this._buttons.delete(id);
      }
    }
    there.forEach((id, index) => {
      const node = this._buttons.get(id) ?? this._add(id);
      const label = this._commands.label(id);
      if (node.textContent !== label) {
        node.textContent = label;
      }
      node.title = this._commands.caption(id);
      node.disabled = !this._commands.isEnabled(id);
      if (this._commands.isToggleable(id)) {
        node.setAttribute('aria-pressed', String(this._commands.isToggled(id)));
      }
      if (this.node.children.item(index) !== node) {
        this.node.insertBefore(node, this.node.children.item(index));
      }
    });
    this.node.hidden = there.length === 0;
  };

  private _add(id: string): HTMLButtonElement {
    const node = button(
      'giltracer-Sidebar-button',
      '',
      '',
      () => void this._commands.execute(id)
    );
    this._buttons.set(id, node);
    return node;
  }

  private readonly _buttons = new Map<string, HTMLButtonElement>();
}
