"""Fine-tuning of a small llama model on a CPU, from one GGUF file to another (torch, transformers).

The lower third of the layers and the embeddings stay as they are: that saves a third of the time. Only
the answers are learnt, not the questions. Not here: what is learnt (`tuning_data`).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.tuning_data import Lesson, batches
from experiments.weights import metadata, read_weights, write_weights
from monitor.errors import ConfigError

INSTALL = "pip install -r requirements/experiments.txt"
LONGEST = 64  # tokens of an answer
FROZEN = 1 / 3  # of the layers, from below
_IGNORED = -100  # the label that torch's cross entropy leaves out


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How long and how boldly: AdamW, a linear warm-up over a tenth of the steps, linear decay."""

    epochs: int
    rate: float
    batch: int = 8
    seed: int = 0


def check_installed() -> None:
    """Raise ConfigError where torch, transformers or gguf is missing."""
    from importlib.util import find_spec  # noqa: PLC0415

    missing = [name for name in ("torch", "transformers", "gguf") if find_spec(name) is None]
    if missing:
        message = f"{', '.join(missing)}: not installed: {INSTALL}"
        raise ConfigError(message)


def tuned(source: Path, lessons: Sequence[Lesson], course: Course, out: Path) -> Iterator[str]:
    """Train the model of `source` on the lessons and write it to `out`; yields a line now and then."""
    import torch  # noqa: PLC0415

    torch.manual_seed(course.seed)
    model, tokenizer = loaded(source)
    trained = _unfrozen(model)
    optimizer = torch.optim.AdamW(trained, lr=course.rate, weight_decay=0.0)
    planned = list(batches(lessons, course.batch, course.epochs, course.seed))
    for step, batch in enumerate(planned):
        for group in optimizer.param_groups:
            group["lr"] = course.rate * pace(step, len(planned))
        ids, labels, mask = _padded([_tokens(lesson, tokenizer) for lesson in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = _loss(model, ids, labels, mask)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 10 == 0 or step == len(planned) - 1:
            yield f"step {step + 1}/{len(planned)}, loss {loss.item():.2f}"
    write_weights(source, _weights(model), out)


def pace(step: int, steps: int) -> float:
    """The share of the full learning rate at a step, counted from 0."""
    warm = max(1, steps // 10)
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def loaded(file: Path) -> tuple[Any, Any]:
    """The model and its tokenizer; the library's own way would need yet another package."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    transformers.utils.logging.set_verbosity_error()
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**_shape(metadata(file))))
    weights = {name: torch.tensor(values) for name, values in read_weights(file).items()}
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"])
    model.load_state_dict(weights)
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    return model, tokenizer


def _shape(known: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "vocab_size": known["llama.vocab_size"],
        "hidden_size": known["llama.embedding_length"],
        "intermediate_size": known["llama.feed_forward_length"],
        "num_hidden_layers": known["llama.block_count"],
        "num_attention_heads": known["llama.attention.head_count"],
        "num_key_value_heads": known["llama.attention.head_count_kv"],
        "rms_norm_eps": known["llama.attention.layer_norm_rms_epsilon"],
        "rope_parameters": {"rope_type": "default", "rope_theta": known["llama.rope.freq_base"]},
        "max_position_embeddings": known["llama.context_length"],
        "tie_word_embeddings": True,
    }


def _unfrozen(model: Any) -> list[Any]:
    """The parameters that learn; all others are told not to."""
    layers = model.model.layers
    learning = [*layers[int(len(layers) * FROZEN) :].parameters(), *model.model.norm.parameters()]
    model.requires_grad_(requires_grad=False)
    for parameter in learning:
        parameter.requires_grad_(requires_grad=True)
    return learning


def _tokens(lesson: Lesson, tokenizer: Any) -> tuple[list[int], list[int]]:
    """The tokens of the question as the server would put it, and those of the answer with its end."""
    asked = tokenizer.apply_chat_template(
        list(lesson.messages), add_generation_prompt=True, tokenize=False
    )
    answer = tokenizer(lesson.answer, add_special_tokens=False)["input_ids"]
    question = tokenizer(asked, add_special_tokens=False)["input_ids"]
    return question, [*answer, tokenizer.eos_token_id][:LONGEST]


def _padded(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Any, Any, Any]:
    """Ids, labels (answers alone) and mask, padded on the right to one length."""
    import torch  # noqa: PLC0415

    longest = max(len(question) + len(answer) for question, answer in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    labels = torch.full((len(rows), longest), _IGNORED)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for number, (question, answer) in enumerate(rows):
        whole = len(question) + len(answer)
        ids[number, :whole] = torch.tensor(question + answer)
        labels[number, len(question) : whole] = torch.tensor(answer)
        mask[number, :whole] = 1
    return ids, labels, mask


def _loss(model: Any, ids: Any, labels: Any, mask: Any) -> Any:
    """Mean cross entropy of the answers' tokens; the vocabulary is only weighed where it is asked."""
    import torch  # noqa: PLC0415

    hidden = model.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
    asked = labels[:, 1:] != _IGNORED
    logits = model.lm_head(hidden[asked])
    return torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][asked])


def _weights(model: Any) -> dict[str, Any]:
    state = model.state_dict()
    return {name: values.detach().numpy() for name, values in state.items()}
