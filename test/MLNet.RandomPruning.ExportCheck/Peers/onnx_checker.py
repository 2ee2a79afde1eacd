"""Asks onnx.checker, shape inference included, about every ONNX file of a manifest; its words go to checker.json.

Argument: the folder of the manifest.
"""

import json
import os
import sys

import onnx

folder = sys.argv[1]
with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
    manifest = json.load(file)

verdicts = {}
for entry in manifest["onnx"]:
    print(f"onnx {onnx.__version__}: {entry['path']} ...", file=sys.stderr)
    try:
        onnx.checker.check_model(onnx.load(os.path.join(folder, entry["path"])), full_check=True)
        verdicts[entry["path"]] = ""
    # Whatever it says, of whatever type, is what the table shows.
    except Exception as error:  # noqa: BLE001
        verdicts[entry["path"]] = " ".join(str(error).split()) or type(error).__name__

with open(os.path.join(folder, "checker.json"), "w", encoding="utf-8") as file:
    json.dump(verdicts, file)
