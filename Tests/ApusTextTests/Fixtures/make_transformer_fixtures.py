"""Makes the expected results of transformers, as Hugging Face's `transformers` computes them.

usage: python make_transformer_fixtures.py       (transformers 5.24, torch 2.13; writes transformers.json beside itself)

case -> {"class": the model of transformers, "config": its config.json, "weights": {name: shape} in the order in which they
are drawn, "ids": token numbers, "types": parts of the text (for some), "hidden": [norm, first, last of each hidden state
where no padding is], "last": the last hidden state, "logits", "loss", "gradients": {name: [norm, first, last]},
"words": what the language model goes on with (greedy; for some), "pooled": {as in 1_Pooling/config.json: the vector of each
text, as sentence-transformers pools; for some}}

How both sides make the weights. After torch.manual_seed(7), for each entry of the state_dict, sorted by name:

    name ends with bias          spread(shape) * 0.1
    one axis                     rand(shape) * 0.5 + 0.75
    other                        spread(shape) * 0.35

spread() is that of fixture_json.py. Everything is computed in float64 and in evaluation mode. The loss is the cross-entropy
with the targets 2, 0, 1, for language models the probe() of the logits where no padding is.
"""

import sys
import warnings
from pathlib import Path

try:
    import tvstub  # noqa: F401  torchvision's Python part where its C++ part does not load
except ModuleNotFoundError:
    pass
import torch
import transformers
from transformers import AutoConfig

here = Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from fixture_json import probe, spread, write  # noqa: E402

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()

WIDTHS = {"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_labels": 3}
BERT = WIDTHS | {"intermediate_size": 24, "max_position_embeddings": 20}
DISTIL = {
    "vocab_size": 40, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24, "max_position_embeddings": 20,
    "num_labels": 3}
GPT = {
    "vocab_size": 40, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 20, "num_labels": 3, "bos_token_id": 39,
    "eos_token_id": 39}
DISTANCES = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}

# name -> (class, type of the model, settings)
CASES = {
    "bert": ("BertForSequenceClassification", "bert", BERT),
    "bert with parts": ("BertForSequenceClassification", "bert", BERT),
    "bert tokens": ("BertForTokenClassification", "bert", BERT | {"hidden_act": "gelu_new"}),
    "distilbert": ("DistilBertForSequenceClassification", "distilbert", DISTIL | {"activation": "relu"}),
    "roberta": ("RobertaForSequenceClassification", "roberta", BERT | {"type_vocab_size": 1, "layer_norm_eps": 1e-5}),
    "deberta v3": ("DebertaV2ForSequenceClassification", "deberta-v2", BERT | DISTANCES | {
        "position_buckets": 4, "max_relative_positions": 16, "position_biased_input": False, "share_att_key": True,
        "norm_rel_ebd": "layer_norm", "pooler_hidden_act": "gelu"}),
    "deberta v2": ("DebertaV2ForSequenceClassification", "deberta-v2", BERT | DISTANCES | {
        "position_biased_input": True, "type_vocab_size": 2, "max_relative_positions": 6, "conv_kernel_size": 3,
        "conv_act": "gelu", "embedding_size": 12, "share_att_key": False}),
    "deberta without its distances": ("DebertaV2ForSequenceClassification", "deberta-v2", BERT),
    "gpt2": ("GPT2ForSequenceClassification", "gpt2", GPT | {"pad_token_id": 0, "n_inner": 24}),
    "gpt2 words": ("GPT2LMHeadModel", "gpt2", GPT),
    "gpt2 words, scaled by layer": ("GPT2LMHeadModel", "gpt2", GPT | {
        "scale_attn_by_inverse_layer_idx": True, "tie_word_embeddings": False}),
}

LENGTHS = [12, 7, 3]


def draw(model):
    state = model.state_dict()
    tied = "lm_head.weight" if model.config.tie_word_embeddings and "lm_head.weight" in state else None
    names = sorted(name for name in state if name != tied)
    torch.manual_seed(7)
    for name in names:
        shape = state[name].shape
        if name.endswith("bias"):
            value = spread(*shape) * 0.1
        elif len(shape) == 1:
            value = torch.rand(*shape) * 0.5 + 0.75
        else:
            value = spread(*shape) * 0.35
        state[name].copy_(value)
    return {name: list(state[name].shape) for name in names}


def three(value):
    flat = value.detach().flatten()
    return [flat.norm().item(), flat[0].item(), flat[-1].item()]


cases = {}
for name, (cls, kind, settings) in CASES.items():
    config = AutoConfig.for_model(kind, **settings)
    model = getattr(transformers, cls)(config).double().eval()
    with torch.no_grad():
        weights = draw(model)
    padding = config.pad_token_id
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(2, 39, (3, max(LENGTHS)), generator=generator)
    mask = torch.ones_like(ids)
    if padding is not None:
        for row, length in enumerate(LENGTHS):
            ids[row, length:] = padding
            mask[row, length:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if name == "bert with parts":
        inputs["token_type_ids"] = (torch.arange(ids.shape[1]) > 2).long().expand_as(ids) * mask
    output = model(**inputs, output_hidden_states=True)
    real = mask.bool()
    is_language_model = cls.endswith("LMHeadModel")
    if is_language_model or "Token" in cls:
        loss = probe(output.logits[real])
    else:
        loss = torch.nn.functional.cross_entropy(output.logits, torch.tensor([2, 0, 1]))
    loss.backward()
    case = {
        "class": cls, "config": {"model_type": kind} | settings | {"pad_token_id": padding}, "weights": weights, "ids": ids,
        "hidden": [three(hidden[real]) for hidden in output.hidden_states],
        "last": output.hidden_states[-1][real][:4].float(), "logits": output.logits[real].float() if output.logits.dim() == 3
        else output.logits.float(), "loss": loss.item(),
        # The bias of keys moves all scores of a query alike, so that its gradient is zero but for rounding.
        "gradients": {
            key: three(parameter.grad) for key, parameter in model.named_parameters()
            if parameter.grad is not None and parameter.grad.abs().max() > 1e-9},
    }
    if "token_type_ids" in inputs:
        case["types"] = inputs["token_type_ids"]
    if is_language_model:
        with torch.no_grad():
            words = ids[:, :4]
            for _ in range(8):
                words = torch.cat([words, model(words).logits[:, -1].argmax(-1, keepdim=True)], 1)
        case["words"] = words[:, 4:]
    if name == "bert":
        last = output.hidden_states[-1].detach()
        weights_of_tokens = mask.unsqueeze(-1).double()
        count = weights_of_tokens.sum(1)
        case["pooled"] = {
            "pooling_mode_cls_token": last[:, 0].float(),
            "pooling_mode_mean_tokens": ((last * weights_of_tokens).sum(1) / count).float(),
            "pooling_mode_mean_sqrt_len_tokens": ((last * weights_of_tokens).sum(1) / count.sqrt()).float(),
            "pooling_mode_max_tokens": last.masked_fill(weights_of_tokens == 0, -1e9).max(1).values.float(),
            "pooling_mode_lasttoken": torch.stack([last[i, n - 1] for i, n in enumerate(LENGTHS)]).float(),
        }
    cases[name] = case
write(here / "transformers.json", cases)
