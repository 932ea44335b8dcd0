"""The tensors of a llama-architecture GGUF file, out for training and back in for serving.

The format keeps the rows of q and k in another order than the models of `transformers`: pairs that
are rotated together stand side by side. Not here: training (`tuning`) and serving (`monitor.embedded`).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tensor: TypeAlias = NDArray[np.float32]

_PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
_COUNTED = frozenset({"GGUF.version", "GGUF.tensor_count", "GGUF.kv_count"})  # the writer's business
_FILE_TYPE = "general.file_type"


def parameter_of(name: str) -> str:
    """The name in `transformers` of a tensor of the file; KeyError for one that llama does not have."""
    block = _BLOCK.fullmatch(name)
    if block:
        return f"model.layers.{block[1]}.{_PARTS[block[2]]}.weight"
    return f"{_WHOLE[name.removesuffix('.weight')]}.weight"


def paired_rows(rows: Tensor, heads: int) -> Tensor:
    """Rows of q or k as GGUF keeps them: row i of the first half of a head, then row i of the second."""
    halves = rows.reshape(heads, 2, -1, rows.shape[-1])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows.shape)


def halved_rows(rows: Tensor, heads: int) -> Tensor:
    """The inverse of `paired_rows`: each head's first half, then its second."""
    pairs = rows.reshape(heads, -1, 2, rows.shape[-1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows.shape)


def metadata(file: Path) -> Mapping[str, Any]:
    """The keys and values of a GGUF file."""
    from gguf import GGUFReader  # noqa: PLC0415 - of the group `experiments`

    return {name: field.contents() for name, field in GGUFReader(file).fields.items()}


def read_weights(file: Path) -> dict[str, Tensor]:
    """All tensors of the file by their names in `transformers`, as float32."""
    from gguf import GGUFReader, dequantize  # noqa: PLC0415

    reader, heads = GGUFReader(file), _heads(metadata(file))
    found = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        rotated = heads.get(_part(tensor.name))
        found[parameter_of(tensor.name)] = halved_rows(values, rotated) if rotated else values
    return found


def write_weights(like: Path, weights: Mapping[str, Tensor], out: Path) -> None:
    """A copy of the file `like` with these weights: matrices in 8 bits (Q8_0), vectors in float32.

    Four bits would round small changes away. Through a temporary file: whole or not at all.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType, quantize  # noqa: PLC0415

    reader, known = GGUFReader(like), metadata(like)
    heads, partial = _heads(known), out.with_name(out.name + ".partial")
    writer = GGUFWriter(partial, known["general.architecture"])
    for name, values, types in _kept(reader):
        value = int(LlamaFileType.MOSTLY_Q8_0) if name == _FILE_TYPE else values
        writer.add_key_value(name, value, types[0], types[-1] if len(types) > 1 else None)
    for tensor in reader.tensors:
        values = weights[parameter_of(tensor.name)]
        rotated = heads.get(_part(tensor.name))
        values = paired_rows(values, rotated) if rotated else values
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values)
        else:
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor.name, quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(out)


def _kept(reader: Any) -> Iterator[tuple[str, Any, list[Any]]]:
    for name, field in reader.fields.items():
        if name not in _COUNTED and name != "general.architecture":
            yield name, field.contents(), field.types


def _heads(known: Mapping[str, Any]) -> dict[str, int]:
    """How many heads the rotated matrices have, by the part of a block."""
    heads = known["llama.attention.head_count"]
    return {"attn_q": heads, "attn_k": known.get("llama.attention.head_count_kv", heads)}


def _part(name: str) -> str:
    block = _BLOCK.fullmatch(name)
    return block[2] if block else ""
