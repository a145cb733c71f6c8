"""Builds the ONNX graph of all-MiniLM-L6-v2 from its packaged weights, once, as int8.

Inputs  `input_ids`, `attention_mask`: int64 [batch, tokens].
Output  `embedding`: float32 [batch, 384], mean-pooled over real tokens, L2-normalised.
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.numpy import load_file

HIDDEN, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12
HEAD_SIZE = HIDDEN // HEADS


def build(weights: Path, target: Path) -> None:
    """Write the quantised graph to `target` (about 23 MB). Takes some seconds; replicas that share
    the folder may do it at once, and each finds a whole file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".building-", dir=target.parent) as folder:
        full, quantised = Path(folder) / "full.onnx", Path(folder) / "quantised.onnx"
        onnx.save(MiniLmGraph(load_file(weights)).model(), full)
        quant_pre_process(full, full, skip_symbolic_shape=True)
        quantize_dynamic(full, quantised, weight_type=QuantType.QInt8, per_channel=True)
        quantised.replace(target)


class MiniLmGraph:
    """Collects nodes and weights; each method adds one part and returns its output's name."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        hidden = self.embeddings()
        blocked = self.padding_bias()
        for layer in range(LAYERS):
            hidden = self.layer(f"encoder.layer.{layer}", hidden, blocked)
        self.pooled(hidden)
        graph = helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])],
            list(self.constants.values()),
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)

    def embeddings(self) -> str:
        words = self.op("Gather", [self.weight("embeddings.word_embeddings.weight"), "input_ids"])
        shape = self.op("Shape", ["input_ids"], start=1)
        positions = self.op(
            "Slice",
            [
                self.weight("embeddings.position_embeddings.weight"),
                self.constant("zero", [0]),
                shape,
                self.constant("zero", [0]),
            ],
        )
        kind = self.constant(
            "token_type", self.weights["embeddings.token_type_embeddings.weight"][0]
        )
        total = self.op("Add", [self.op("Add", [words, positions]), kind])
        return self.normalised("embeddings.LayerNorm", total)

    def padding_bias(self) -> str:
        """-10000 where a token is padding, shaped [batch, 1, 1, tokens]."""
        mask = self.op("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        absent = self.op("Sub", [self.constant("one", np.float32(1)), mask])
        bias = self.op("Mul", [absent, self.constant("blocked", np.float32(-10000))])
        return self.op("Unsqueeze", [bias, self.constant("axes12", [1, 2])])

    def layer(self, name: str, hidden: str, blocked: str) -> str:
        attended = self.attention(f"{name}.attention.self", hidden, blocked)
        projected = self.dense(f"{name}.attention.output.dense", attended)
        hidden = self.normalised(
            f"{name}.attention.output.LayerNorm", self.op("Add", [projected, hidden])
        )
        inner = self.op("Gelu", [self.dense(f"{name}.intermediate.dense", hidden)])
        outer = self.dense(f"{name}.output.dense", inner)
        return self.normalised(f"{name}.output.LayerNorm", self.op("Add", [outer, hidden]))

    def attention(self, name: str, hidden: str, blocked: str) -> str:
        query = self.heads(f"{name}.query", hidden, [0, 2, 1, 3])
        key = self.heads(f"{name}.key", hidden, [0, 2, 3, 1])
        value = self.heads(f"{name}.value", hidden, [0, 2, 1, 3])
        scale = self.constant("scale", np.float32(HEAD_SIZE**-0.5))
        scores = self.op("Mul", [self.op("MatMul", [query, key]), scale])
        weights = self.op("Softmax", [self.op("Add", [scores, blocked])], axis=-1)
        mixed = self.op("Transpose", [self.op("MatMul", [weights, value])], perm=[0, 2, 1, 3])
        return self.op("Reshape", [mixed, self.constant("joined", [0, 0, HIDDEN])])

    def heads(self, name: str, hidden: str, order: list[int]) -> str:
        split = self.constant("split", [0, 0, HEADS, HEAD_SIZE])
        return self.op(
            "Transpose", [self.op("Reshape", [self.dense(name, hidden), split])], perm=order
        )

    def dense(self, name: str, value: str) -> str:
        matrix = self.constant(f"{name}.matrix", self.weights[f"{name}.weight"].T)
        return self.op("Add", [self.op("MatMul", [value, matrix]), self.weight(f"{name}.bias")])

    def normalised(self, name: str, value: str) -> str:
        inputs = [value, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.op("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)

    def pooled(self, hidden: str) -> None:
        mask = self.op("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        present = self.op("Unsqueeze", [mask, self.constant("axis2", [2])])
        axis1 = self.constant("axis1", [1])
        total = self.op("ReduceSum", [self.op("Mul", [hidden, present]), axis1], keepdims=0)
        count = self.op("ReduceSum", [present, axis1], keepdims=0)
        mean = self.op("Div", [total, count])
        self.nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=-1, p=2))

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def constant(self, name: str, value: Iterable[int] | NDArray[np.float32] | np.float32) -> str:
        if name not in self.constants:
            array = np.ascontiguousarray(value) if not np.isscalar(value) else np.array(value)
            self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def op(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output
