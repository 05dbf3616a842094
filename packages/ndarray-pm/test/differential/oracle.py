"""Evaluates expressions with NumPy: one JSON object a line in, one a line out. See expressions.ts for their form.

A result is {"dtype", "shape", "bytes"}, with the elements in C order, little-endian, in base64; {"error": name} where
NumPy refuses; {"skip": why} where this version of NumPy is known to differ from NumPy 2.
"""

import base64
import json
import re
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")
IS_NUMPY_2 = int(np.__version__.split(".")[0]) >= 2
# NumPy 1.24 to 1.26 know the promotion of NumPy 2, but do not use it by themselves.
if not IS_NUMPY_2:
    np._set_promotion_state("weak")


def snake(name):
    fixed = {"arctan2": "arctan2", "deg2rad": "deg2rad", "rad2deg": "rad2deg", "logicalNot": "logical_not"}
    return fixed.get(name) or re.sub(r"[A-Z]", lambda match: "_" + match.group().lower(), name)


def scalar(value):
    kind, content = value
    if kind == "int":
        return int(content)
    if kind == "float":
        return float(content)
    if kind == "complex":
        return complex(*content)
    return bool(content)


def key(item):
    if item is None:
        return slice(None)
    if isinstance(item, list):
        return slice(*item)
    return {"...": Ellipsis, "newaxis": np.newaxis}.get(item, item) if isinstance(item, str) else item


def view(array, step):
    name, *arguments = step
    if name == "slice":
        # The ellipsis keeps an array of no axes a view, where NumPy would give a scalar.
        keys = tuple(key(item) for item in arguments[0])
        return array[keys if Ellipsis in keys else (*keys, Ellipsis)]
    if name == "flip":
        return np.flip(array, tuple(arguments[0]) or None)
    if name == "diagonal":
        return array.diagonal(*arguments)
    if name == "broadcastTo":
        return np.broadcast_to(array, arguments[0])
    if name == "expandDims":
        return np.expand_dims(array, arguments[0])
    if name == "moveaxis":
        return np.moveaxis(array, *arguments)
    return getattr(array, name)(*arguments)


def build(operand):
    if "scalar" in operand:
        return scalar(operand["scalar"])
    data = np.frombuffer(base64.b64decode(operand["bytes"]), operand["dtype"]).reshape(operand["shape"], order=operand["order"]).copy(order="K")
    for step in operand["views"]:
        data = view(data, step)
    return data


def selector(item):
    return build(item) if isinstance(item, dict) else key(item)


def evaluate(name, inputs, options):
    axis = tuple(options["axis"]) if isinstance(options.get("axis"), list) else options.get("axis")
    x = inputs[0]
    if name in ("sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin", "argmax"):
        more = {"ddof": options["ddof"]} if "ddof" in options else {}
        return getattr(np, name)(x, axis=axis, keepdims=options.get("keepdims", False), **more)
    if name == "norm":
        x = x.astype("float64") if x.dtype.kind in "biu" else x
        return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis))
    if name in ("cumsum", "cumprod"):
        return getattr(np, name)(x, axis=axis)
    if name == "sort":
        return np.sort(x, axis=axis, kind="stable")
    if name == "argsort":
        return np.argsort(x, axis=axis, kind="stable")
    if name == "astype":
        return x.astype(options["dtype"])
    if name == "copy":
        return np.array(x)
    if name == "select":
        return x[tuple(selector(item) for item in options["selectors"])]
    if name == "assignSelected":
        target = np.array(x)
        target[tuple(selector(item) for item in options["selectors"])] = inputs[1]
        return target
    if name == "take":
        return np.take(x, options["indices"], axis=axis)
    if name == "takeAlongAxis":
        return np.take_along_axis(x, np.argsort(x, axis=axis, kind="stable"), axis=axis)
    if name == "putmask":
        target = np.array(x)
        np.copyto(target, inputs[1], where=inputs[2], casting="unsafe")
        return target
    if name == "where":
        return np.where(*inputs)
    if name == "clip":
        return np.minimum(np.maximum(x, inputs[1]), inputs[2])
    if name in ("concatenate", "stack"):
        return getattr(np, name)(inputs, axis=axis)
    if name == "inPlace":
        target = np.array(x)
        part = target
        for step in options["views"]:
            part = view(part, step)
        getattr(np, snake(options["operation"]))(part, inputs[1], out=part)
        return target
    if name in ("floor", "ceil", "trunc") and x.dtype.kind in "biu":
        # NumPy before 2.1 gave float64.
        return np.array(x)
    if "where" in options:
        out = np.array(inputs.pop())
        mask = inputs.pop()
        getattr(np, snake(name))(*inputs, out=out, where=mask)
        return out
    return getattr(np, snake(name))(*inputs)


COMPARISONS = {"equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"}


def is_beyond(inputs):
    integers = [value for value in inputs if type(value) is int]
    dtypes = [value.dtype for value in inputs if isinstance(value, np.ndarray) and value.dtype.kind in "iu"]
    return any(not np.iinfo(dtype).min <= value <= np.iinfo(dtype).max for value in integers for dtype in dtypes)


def answer(expression):
    try:
        inputs = [build(operand) for operand in expression["inputs"]]
        if not IS_NUMPY_2 and expression["name"] in COMPARISONS and is_beyond(inputs):
            return {"skip": "integers beyond the dtype are compared since NumPy 2"}
        result = np.asarray(evaluate(expression["name"], inputs, expression.get("options", {})))
    except (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError) as error:
        return {"error": type(error).__name__}
    data = np.ascontiguousarray(result)
    return {"dtype": result.dtype.name, "shape": list(result.shape), "bytes": base64.b64encode(data.tobytes()).decode()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), separators=(",", ":")))
