#!/usr/bin/env bash
# An editable install has no data files: link what the wheel puts under share/ and etc/ into .venv.
set -euo pipefail
mkdir -p .venv/share/jupyter/labextensions .venv/etc/jupyter/jupyter_server_config.d
ln -sfn "$PWD/python_shim/giltracer/labextension" .venv/share/jupyter/labextensions/giltracer
ln -sfn "$PWD/jupyter-config/server-config/giltracer.json" \
  .venv/etc/jupyter/jupyter_server_config.d/giltracer.json
