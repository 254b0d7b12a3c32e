"""Why a module of ``torch.nn`` is not in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CONTAINER = "a container: blocks, repeats and sequential blocks take its place"
_ABSTRACT = "an abstract class without a forward of its own"
_LOSS = "a loss: it belongs to the training recipe, not to the network"
_LAZY = "every layer here infers its input sizes, so the lazy form adds nothing"
_CELL = "planned: needs a repeat that carries a state from step to step"
_TRANSFORMER = "a template of blocks drawn from MultiheadAttention and Linear, not one layer"
_INDICES = "planned: needs a pooling layer with a second output, the indices of the maxima"
_OLD_NAME = "an older name of {}, which is registered"

_LOSSES = (
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
    "AdaptiveLogSoftmaxWithLoss",
)
_CONTAINERS = (
    "Container",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Sequential",
)
_LAZY_FORMS = (
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
    "LazyLinear",
)

NOT_REGISTERED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_LOSSES, _LOSS),
        **dict.fromkeys(_CONTAINERS, _CONTAINER),
        **dict.fromkeys(_LAZY_FORMS, _LAZY),
        **dict.fromkeys(("Module", "RNNBase", "RNNCellBase"), _ABSTRACT),
        **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), _CELL),
        **dict.fromkeys(
            (
                "Transformer",
                "TransformerEncoder",
                "TransformerEncoderLayer",
                "TransformerDecoder",
                "TransformerDecoderLayer",
            ),
            _TRANSFORMER,
        ),
        "EmbeddingBag": "planned: needs bags of different lengths, given by a second input",
        **dict.fromkeys(("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"), _INDICES),
        "UpsamplingNearest2d": _OLD_NAME.format("Upsample"),
        "UpsamplingBilinear2d": _OLD_NAME.format("Upsample with aligned corners"),
        "CrossMapLRN2d": _OLD_NAME.format("LocalResponseNorm"),
        "DataParallel": "a wrapper that spreads a whole model over devices: a matter of training",
        "SyncBatchNorm": "a BatchNorm across processes: a matter of data-parallel training, which "
        "converts the registered ones",
    }
)
"""Each module of ``torch.nn`` that is not registered, with the reason why not."""
