# SPDX-License-Identifier: Apache-2.0
"""Models of a few thousand random weights, and a tokenizer that knows bytes: made here, in a second, from nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

PAD, START, END = 0, 1, 2
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}:{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer with one token for each byte, so that tokens can be counted by eye."""
    letters = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    made = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


@lru_cache(maxsize=1)
def speaker() -> Any:
    """Return a model that continues a text; it says the same for the same text, and never ends by itself."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=259,
        hidden_size=64,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        pad_token_id=PAD,
        bos_token_id=START,
        eos_token_id=END,
    )
    return _named(LlamaForCausalLM(config), "tiny/speaker")


@lru_cache(maxsize=1)
def rewriter() -> Any:
    """Return a model that makes a text of a text."""
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=259,
        d_model=32,
        d_kv=16,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=PAD,
    )
    return _named(T5ForConditionalGeneration(config), "tiny/rewriter")


@lru_cache(maxsize=1)
def embedder() -> Any:
    """Return a model that makes vectors of 32 numbers."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=259,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        pad_token_id=PAD,
    )
    return _named(BertModel(config), "tiny/embedder")


def _named(model: Any, name: str) -> Any:
    """Name a model as loading it from the hub does."""
    model.config._name_or_path = name
    model.name_or_path = name
    return model.eval()
