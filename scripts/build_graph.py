"""Write retrieval/e5.onnx: the network of multilingual-e5-small as a graph whose weights are handed in at loading.

Needs the development package `onnx`. Run it again only when the network or its operators change:
`.venv/bin/python scripts/build_graph.py`.
"""

from pathlib import Path

from onnx import NodeProto, TensorProto, helper, save

ROOT = Path(__file__).resolve().parents[1]
HIDDEN, LAYERS, HEADS, INNER, EPSILON = 384, 12, 12, 1536, 1e-12
BLOCK = 32
# int8 arithmetic against the 4-bit weights: the fastest query, and a cosine of at least .9999 to float arithmetic
ACCURACY_LEVEL = 4
OURS = "com.microsoft"


class Graph:
    """Nodes and the names of the weights that they want."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def node(self, operator: str, inputs: list[str], *, domain: str = "", **attributes: object) -> str:
        """Append a node and give the name of its output."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def weight(self, name: str, shape: list[int], kind: int = TensorProto.FLOAT) -> str:
        """Declare a weight that is handed in from outside."""
        tensor = TensorProto(name=name, dims=shape, data_type=kind, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="-")
        self.weights.append(tensor)
        return name

    def linear(self, x: str, name: str, inputs: int, outputs: int) -> str:
        """A layer with weights in 4 bits."""
        blocks = inputs // BLOCK
        return self.node(
            "MatMulNBits",
            [
                x,
                self.weight(f"{name}.w", [outputs, blocks, BLOCK // 2], TensorProto.UINT8),
                self.weight(f"{name}.s", [outputs * blocks]),
                "",
                "",
                self.weight(f"{name}.b", [outputs]),
            ],
            domain=OURS,
            K=inputs,
            N=outputs,
            bits=4,
            block_size=BLOCK,
            accuracy_level=ACCURACY_LEVEL,
        )

    def add_and_norm(self, x: str, residual: str, name: str) -> str:
        """The sum of two, normalised over the hidden values."""
        scale, shift = self.weight(f"{name}.w", [HIDDEN]), self.weight(f"{name}.b", [HIDDEN])
        return self.node("SkipLayerNormalization", [x, residual, scale, shift], domain=OURS, epsilon=EPSILON)


def build() -> Graph:
    """The encoder: `x` embedded tokens (n, t, 384), `mask` int32 (n, t) with 1 for tokens; output `y` (n, t, 384)."""
    graph = Graph()
    first = [graph.weight("emb.ln.w", [HIDDEN]), graph.weight("emb.ln.b", [HIDDEN])]
    x = graph.node("LayerNormalization", ["x", *first], epsilon=EPSILON)
    for layer in range(LAYERS):
        own = f"l{layer}"
        q, k, v = (graph.linear(x, f"{own}.{part}", HIDDEN, HIDDEN) for part in "qkv")
        seen = graph.node("MultiHeadAttention", [q, k, v, "", "mask"], domain=OURS, num_heads=HEADS)
        x = graph.add_and_norm(graph.linear(seen, f"{own}.ao", HIDDEN, HIDDEN), x, f"{own}.aln")
        inner = graph.node("Gelu", [graph.linear(x, f"{own}.fi", HIDDEN, INNER)], domain=OURS)
        x = graph.add_and_norm(graph.linear(inner, f"{own}.fo", INNER, HIDDEN), x, f"{own}.oln")
    graph.nodes.append(helper.make_node("Identity", [x], ["y"]))
    return graph


def main() -> None:
    """Write the file."""
    graph = build()
    float_of = helper.make_tensor_value_info
    inputs = [float_of("x", TensorProto.FLOAT, ["n", "t", HIDDEN]), float_of("mask", TensorProto.INT32, ["n", "t"])]
    outputs = [float_of("y", TensorProto.FLOAT, ["n", "t", HIDDEN])]
    whole = helper.make_graph(graph.nodes, "e5", inputs, outputs, graph.weights)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(OURS, 1)]
    save(helper.make_model(whole, opset_imports=versions, ir_version=8), str(ROOT / "retrieval" / "e5.onnx"))


if __name__ == "__main__":
    main()
