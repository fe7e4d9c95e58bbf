"""Counts the products that a benchmark's task computes: what a run does at least, whoever computes it and however fast.

Two operations for each multiply-add of products, convolutions, recurrent nets and attention, forward and backward; those of
everything else are few. A gradient that nobody asks for, as in a frozen layer, is not counted.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


def recurrent(passes):
    """The count of one layer and direction of a recurrent net by oneDNN: each step is a product with both weights."""

    def operations(inputs, input_weight, hidden_weight, *_, out_val=None, **__):
        return 2 * passes * inputs.size(0) * inputs.size(1) * (input_weight.numel() + hidden_weight.numel())

    return operations


formulas = {
    **flop_registry,
    # PyTorch's counter knows neither.
    aten.mkldnn_rnn_layer: recurrent(1),
    aten.mkldnn_rnn_layer_backward: recurrent(2),
    aten._scaled_dot_product_flash_attention_for_cpu: flop_registry[aten._scaled_dot_product_flash_attention],
    aten._scaled_dot_product_flash_attention_for_cpu_backward: flop_registry[
        aten._scaled_dot_product_flash_attention_backward
    ],
}


class Products(TorchDispatchMode):
    """Counts while it is entered; not at all where it is not `wanted`."""

    def __init__(self, wanted=True):
        super().__init__()
        self.wanted, self.operations = wanted, 0

    def __enter__(self):
        return super().__enter__() if self.wanted else self

    def __exit__(self, *error):
        if self.wanted:
            super().__exit__(*error)

    def each(self, items):
        """What a task's result says: 10^9 operations for each of so many items."""
        return {"gflop_each": self.operations / items / 1e9} if self.wanted else {}

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        keywords = keywords or {}
        formula = formulas.get(function._overloadpacket)
        if not formula and function is not torch.ops.prim.device.default:
            # Without gradients an operator that is made of others comes here whole.
            with self:
                result = function.decompose(*arguments, **keywords)
            if result is not NotImplemented:
                return result
        result = function(*arguments, **keywords)
        if formula:
            self.operations += formula(*arguments, **keywords, out_val=result)
        return result
