"""Who may do what on a Jupyter server."""

from __future__ import annotations

from jupyter_server.auth import Authorizer


class NoKernels(Authorizer):
    """Somebody who may see files, but no kernels."""

    def is_authorized(self, handler, user, action, resource) -> bool:
        return resource != "kernels"


class OnlyRead(Authorizer):
    """Somebody who may look, and do nothing."""

    def is_authorized(self, handler, user, action, resource) -> bool:
        return action == "read"
