"""Makes what fastai's AWD-LSTM says: outputs, gradients, training runs, pretrained weights for another vocabulary.

usage: python make_awdlstm_fixtures.py        (fastai 2.8, PyTorch 2.13; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. awdlstm.json:

"language model", "bidirectional", "untied"
    {"state": {name: tensor}, "tokens": [tensor of each batch], "targets", "logits": [of each batch], "losses": [with the
    regularizers, alpha 2 and beta 1], "plain": [without], "gradients": {name: tensor} of the second batch's loss}: two
    batches, the second goes on where the first ends and has another number of texts. No dropout.
"classifier"
    the same for a classifier in training mode with texts that pad_input_chunk has filled up, in pieces of 4 tokens of
    which the last 8 are seen; "evaluated": the logits in evaluation mode with the statistics of that batch.
"qrnn", "qrnn in both directions"
    {"state", "tokens", "outputs" of two batches, "gradients"} of a stack of quasi-recurrent layers as fastai's first
    version had them: written here by the formulas, token by token.
"run"
    {"state", "tokens", "targets", "losses": [of each batch], "final": {name: tensor}, "valid": [of each epoch]}: 26 steps of
    fastai's TextLearner, two epochs of one cycle, without dropout.
"matching"
    {"old": [tokens], "new": [tokens], "state", "matched": {name: tensor}}: match_embeds.

pretrained.pth and pretrained.pkl: a language model as fastai's first version saved it, with the dropped copies of the
weights, and its vocabulary.
"""

import pickle
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
import torch.nn.functional as F
from fastai.basics import DataLoader, DataLoaders, accuracy
from fastai.callback import schedule  # noqa: F401  (adds fit_one_cycle to Learner)
from fastai.losses import CrossEntropyLossFlat
from fastai.text.data import pad_input_chunk
from fastai.text.core import *  # noqa: F403
from fastai.text.learner import TextLearner, match_embeds
from fastai.text.models.awdlstm import (
    AWD_LSTM, WeightDropout, awd_lstm_clas_config, awd_lstm_lm_config, awd_lstm_lm_split,
)
from fastai.text.models.core import get_language_model, get_text_classifier

from fixture_json import write

here = Path(__file__).resolve().parent
VOCABULARY = 20
SMALL = dict(emb_sz=4, n_hid=6, n_layers=2)


def whole_weights(self):
    """Without dropout F.dropout gives the parameter itself, which a module then takes for one of its own."""
    for layer in self.layer_names:
        setattr(self.module, layer, getattr(self, f"{layer}_raw").clone())


WeightDropout._setweights = whole_weights


def spread_out(model):
    """Uniform weights that are large enough for all gates to matter, and unlike statistics of batch normalization."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            numbers = (torch.rand(parameter.shape) - 0.5) * (1.2 if "bias" not in name else 0.4)
            parameter.copy_((numbers * 1000).round() / 1000)
            if ".layers." in name and parameter.dim() == 1 and name.endswith("weight"):
                parameter.add_(1)
    if hasattr(model, "reset"):
        model.reset()
    return model


def state(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def gradients(model):
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def regularized(loss, outputs):
    _, raw, dropped = outputs
    return loss + 2.0 * dropped.float().pow(2).mean() + 1.0 * (raw[:, 1:] - raw[:, :-1]).float().pow(2).mean()


def language_model(seed, **changes):
    torch.manual_seed(seed)
    config = {**awd_lstm_lm_config, **SMALL, **changes}
    return spread_out(get_language_model(AWD_LSTM, VOCABULARY, config=config, drop_mult=0.0))


def language_case(seed, **changes):
    model = language_model(seed, **changes)
    case = {"state": state(model), "tokens": [], "targets": [], "logits": [], "losses": [], "plain": []}
    for batch in (4, 3):
        tokens = torch.randint(0, VOCABULARY, (batch, 7))
        targets = torch.randint(0, VOCABULARY, (batch, 7))
        model.zero_grad()
        outputs = model(tokens)
        plain = F.cross_entropy(outputs[0].reshape(-1, VOCABULARY), targets.reshape(-1))
        loss = regularized(plain, outputs)
        loss.backward()
        for key, value in zip(
            ("tokens", "targets", "logits", "losses", "plain"), (tokens, targets, outputs[0], loss, plain)
        ):
            case[key].append(value.detach())
    case["gradients"] = gradients(model)
    return case


def classifier_case(seed):
    torch.manual_seed(seed)
    config = {**awd_lstm_clas_config, **SMALL}
    model = get_text_classifier(
        AWD_LSTM, VOCABULARY, 3, seq_len=4, config=config, drop_mult=0.0, lin_ftrs=[5], ps=[0.0], max_len=8
    )
    spread_out(model)
    before = state(model)
    # The last piece is whole and has a token of each text. Where it is not, fastai takes padding in front of a text for
    # padding behind it, and leaves out the last texts of a batch.
    lengths = [12, 10, 8, 6, 3, 2]
    samples = [(torch.randint(2, VOCABULARY, (length,)), torch.tensor(i % 3)) for i, length in enumerate(lengths)]
    padded = pad_input_chunk(samples, pad_idx=1, pad_first=True, seq_len=4)
    tokens = torch.stack([torch.as_tensor(sample[0]) for sample in padded])
    targets = torch.stack([sample[1] for sample in padded])
    model.train()
    outputs = model(tokens)
    plain = F.cross_entropy(outputs[0], targets)
    loss = regularized(plain, outputs)
    loss.backward()
    with torch.no_grad():
        evaluated = model.eval()(tokens)[0]
    return {
        "state": before, "texts": [s[0] for s in samples], "tokens": tokens, "targets": targets,
        "logits": outputs[0].detach(), "loss": loss.detach(), "plain": plain.detach(), "output": outputs[1].detach(),
        "gradients": gradients(model), "evaluated": evaluated,
    }


def qrnn_layer(x, weight, bias, cell, before, backward, window):
    """One direction of a layer over [batch, length, inputs] by the formulas, and what it carries on."""
    outputs, length = [None] * x.shape[1], x.shape[1]
    for t in reversed(range(length)) if backward else range(length):
        neighbor = t + 1 if backward else t - 1
        if window == 2:
            other = x[:, neighbor] if 0 <= neighbor < length else before
            source = torch.cat([x[:, t], other], 1)
        else:
            source = x[:, t]
        z, f, o = (source @ weight.T + bias).chunk(3, 1)
        cell = f.sigmoid() * z.tanh() + (1 - f.sigmoid()) * cell
        outputs[t] = o.sigmoid() * cell
    return torch.stack(outputs, 1), cell.detach(), (x[:, 0] if backward else x[:, -1]).detach()


def qrnn_case(seed, both):
    torch.manual_seed(seed)
    embedding, hidden, layers, directions = 4, 6, 2, 2 if both else 1
    weights = {"encoder.weight": (torch.rand(VOCABULARY, embedding) - 0.5) * 1.2}
    plan = []
    for layer in range(layers):
        inputs = embedding if layer == 0 else hidden
        outputs = (embedding if layer == layers - 1 else hidden) // directions
        window = 2 if layer == 0 else 1
        for name in ["layers", "layers_bwd"][:directions]:
            key = f"rnns.{layer}.{name}.0.linear."
            weights[key + "weight_raw"] = (torch.rand(3 * outputs, window * inputs) - 0.5) * 1.2
            weights[key + "module.bias"] = (torch.rand(3 * outputs) - 0.5) * 0.4
            plan.append((layer, key, outputs, inputs, window, name == "layers_bwd"))
    for value in weights.values():
        value.requires_grad_(True)
    case = {"state": {k: v.detach().clone() for k, v in weights.items()}, "tokens": [], "outputs": []}
    carried = {key: (torch.zeros(4, outputs), torch.zeros(4, inputs)) for _, key, outputs, inputs, _, _ in plan}
    for _ in range(2):
        tokens = torch.randint(2, VOCABULARY, (4, 7))
        x = F.embedding(tokens, weights["encoder.weight"])
        for layer in range(layers):
            parts = []
            for number, key, _, _, window, backward in plan:
                if number == layer:
                    y, cell, before = qrnn_layer(
                        x, weights[key + "weight_raw"], weights[key + "module.bias"], *carried[key], backward, window
                    )
                    carried[key] = (cell, before)
                    parts.append(y)
            x = torch.cat(parts, 2)
        case["tokens"].append(tokens)
        case["outputs"].append(x.detach())
    (x * torch.arange(x.numel(), dtype=torch.float32).reshape(x.shape).cos()).sum().backward()
    case["gradients"] = {k: v.grad for k, v in weights.items()}
    return case


def run_case(seed):
    model = language_model(seed)
    before = state(model)
    tokens = torch.randint(0, VOCABULARY, (13 * 4, 5))
    targets = (tokens * 7 + 3) % VOCABULARY
    items = list(zip(tokens, targets))
    with tempfile.TemporaryDirectory() as folder:
        dls = DataLoaders(
            DataLoader(items, bs=4, shuffle=False, num_workers=0), DataLoader(items[:8], bs=4, num_workers=0), path=folder
        )
        learner = TextLearner(
            dls, model, loss_func=CrossEntropyLossFlat(), splitter=awd_lstm_lm_split, metrics=accuracy
        )
        losses = []

        class Watch(schedule.Callback):
            order = 60

            def after_batch(self):
                if self.training:
                    losses.append(self.loss.item())

        with learner.no_bar(), learner.no_logging():
            learner.fit_one_cycle(2, slice(1e-3, 1e-2), cbs=Watch())
        return {
            "state": before, "tokens": tokens, "targets": targets, "losses": losses,
            "valid": [[float(v) for v in row[1:]] for row in learner.recorder.values], "final": state(model),
        }


def matching_case(seed):
    model = language_model(seed, n_layers=1)
    old = [f"w{i}" for i in range(VOCABULARY)]
    new = ["xxunk", "w3", "w19", "new", "w0", "w3"]
    weights = {k: v for k, v in state(model).items() if "rnns" not in k}
    matched = match_embeds({k: v.clone() for k, v in weights.items()}, old, new)
    return {"old": old, "new": new, "state": weights, "matched": matched}


def pretrained(seed):
    """As the published files are: the dropped copies of weights under module.weight_hh_l0, and a list of texts."""
    model = language_model(seed, n_layers=2)
    weights = {}
    for name, value in state(model).items():
        weights[name] = value
        if name.endswith("module.weight_ih_l0"):
            weights[name.replace("weight_ih", "weight_hh")] = state(model)[
                name.replace("module.weight_ih_l0", "weight_hh_l0_raw")
            ]
    torch.save(weights, here / "pretrained.pth")
    words = ["xxunk", "xxpad"] + ["the", "a", "film", "was", "good", "bad", "é", "\n\n"]
    words += [f"w{i}" for i in range(VOCABULARY - len(words))]
    with open(here / "pretrained.pkl", "wb") as file:
        pickle.dump(words, file, protocol=3)


write(
    here / "awdlstm.json",
    {
        "language model": language_case(1),
        "bidirectional": language_case(2, bidir=True),
        "untied": language_case(3, tie_weights=False, out_bias=False, n_layers=1),
        "classifier": classifier_case(4),
        "qrnn": qrnn_case(5, both=False),
        "qrnn in both directions": qrnn_case(6, both=True),
        "run": run_case(7),
        "matching": matching_case(8),
    },
)
pretrained(9)
