"""Writes the node cases of PyPI's onnx as its own suites are laid out: FOLDER/NAME/model.onnx and test_data_set_N/*.pb.

Usage: onnx_cases.py FOLDER MAX_OPSET. Cases of a later opset of the standard domain are left out.
"""

import os
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

folder, max_opset = sys.argv[1], int(sys.argv[2])


def value_proto(value, info):
    """The message of one input or output; None where the case gives none."""
    if isinstance(value, onnx.TensorProto):
        return value
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    if isinstance(value, dict):
        return numpy_helper.from_dict(value, info.name)
    return numpy_helper.from_array(np.asarray(value), info.name)


written = 0
for case in collect_testcases(None):
    opset = max((o.version for o in case.model.opset_import if o.domain in ("", "ai.onnx")), default=1)
    if opset > max_opset:
        continue
    here = os.path.join(folder, case.name)
    for at, (inputs, outputs) in enumerate(case.data_sets):
        data = os.path.join(here, f"test_data_set_{at}")
        os.makedirs(data)
        for kind, values, infos in (
            ("input", inputs, case.model.graph.input),
            ("output", outputs, case.model.graph.output),
        ):
            for index, (value, info) in enumerate(zip(values, infos)):
                with open(os.path.join(data, f"{kind}_{index}.pb"), "wb") as file:
                    file.write(value_proto(value, info).SerializeToString())
    with open(os.path.join(here, "model.onnx"), "wb") as file:
        file.write(case.model.SerializeToString())
    written += 1
print(written)
