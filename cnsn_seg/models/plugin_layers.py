"""CrossNorm, SelfNorm and CNSN under their own names in MMSegmentation's registry.

``plugins=[dict(cfg=dict(type='CNSN', prob=0.5), position='after_conv3')]`` in a stock ResNet.
Stock ``Bottleneck.forward_plugin`` feeds every plugin of a position the same input, so both
layers at one position are one plugin, ``CNSN``.
"""

from mmseg.registry import MODELS

from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm

for _layer in (CrossNorm, SelfNorm, CNSN):
    MODELS.register_module(module=_layer)
