"""SYNTHIA-RAND-CITYSCAPES (Ros et al., CVPR 2016)."""

from mmseg.registry import DATASETS

from .domain_dataset import DomainDataset
from .layout import Layout, same


@DATASETS.register_module()
class SYNTHIADomain(DomainDataset):
    """SYNTHIA-RAND-CITYSCAPES: 9400 images, no official split.

    Split 'train' is every image, and so is 'all'; ``ann_file`` chooses, for example with the lists
    of RobustNet (6580 and 2820 images). Labels are 16-bit PNGs with the class in the red channel.
    16 of the 19 classes occur; for 13, pass ``label_space='synthia_13'``.
    """

    data_set = 'synthia'
    domain = 'synthia'
    layouts = (Layout('RGB/*.png', 'GT/LABELS/*.png', 'synthia_16', same('train', 'all')),)
    official_counts = {'train': 9400, 'all': 9400}
