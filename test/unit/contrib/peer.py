"""Runs models through PyPI's onnxruntime with onnxruntime-extensions. Arguments: a JSON file of models, each with its path and the
feeds of its runs, and the JSON file to write: for each model an error, or for each run its outputs or an error. Each run is named on
standard error before it starts, since some end the process."""

import json
import sys

import numpy
import onnxruntime
import onnxruntime_extensions

onnxruntime.set_default_logger_severity(4)
dtypes = {"string": object, "int64": numpy.int64, "bool": numpy.bool_, "int32": numpy.int32,
          "float32": numpy.float32, "uint8": numpy.uint8}
names = {numpy.dtype(kind): name for name, kind in dtypes.items()}


def array(value):
    made = numpy.empty(len(value["data"]), dtype=dtypes[value["dtype"]])
    made[:] = value["data"]
    return made.reshape(value["dims"])


def plain(value):
    return {"dtype": names[value.dtype], "dims": list(value.shape), "data": value.reshape(-1).tolist()}


def run(session, feeds):
    try:
        outputs = session.run(None, {name: array(value) for name, value in feeds.items()})
    except Exception as error:
        return {"error": str(error)}
    return {"outputs": {o.name: plain(v) for o, v in zip(session.get_outputs(), outputs)}}


def answer(model):
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(onnxruntime_extensions.get_library_path())
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model["path"], options, providers=["CPUExecutionProvider"])
    except Exception as error:
        return {"error": str(error)}
    runs = []
    for feeds in model["runs"]:
        print(model["name"], len(runs), file=sys.stderr, flush=True)
        runs.append(run(session, feeds))
    return {"runs": runs}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"version": onnxruntime_extensions.__version__, "models": [answer(model) for model in request]}, file)


main()
