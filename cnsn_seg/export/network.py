"""The network that is exported: from raw images to logits of their size."""

from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from .fold import for_inference


class DeployedNetwork(nn.Module):
    """A trained segmentor and its normalisation of images, ready for an exporter.

    Args:
        model: The segmentor; it is not changed.

    Raises:
        ValueError: If the model is no encoder-decoder, or its data_preprocessor pads.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        if not isinstance(model, EncoderDecoder):
            raise ValueError(f'only an EncoderDecoder can be exported, not {type(model).__name__}')
        if model.data_preprocessor.test_cfg:
            raise ValueError('a data_preprocessor whose test_cfg pads images cannot be exported')
        self.model = for_inference(model)
        if self.model.with_auxiliary_head:
            del self.model.auxiliary_head  # for training alone, as CrossNorm

    def forward(self, image: Tensor) -> Tensor:
        """Do what MMSegmentation's preprocessing and whole-image inference do.

        Args:
            image: Raw images, shape (N, 3, H, W), float32 from 0 to 255, with their channels in
                the order in which the config's data pipeline loads them (BGR).

        Returns:
            Logits of the classes, shape (N, classes, H, W), float32.
        """
        image = _preprocessed(image, self.model.data_preprocessor)
        return self.model.encode_decode(image, [dict(img_shape=image.shape[2:])])


def _preprocessed(image: Tensor, preprocessor: nn.Module) -> Tensor:
    """Preprocess as MMSegmentation does, which takes batches apart and so fixes their size."""
    # The attribute has one name in mmsegmentation and another in onedl-mmsegmentation.
    if any(getattr(preprocessor, f'{prefix}channel_conversion', False) for prefix in ('', '_')):
        image = image.flip(1)
    if preprocessor._enable_normalize:
        image = (image - preprocessor.mean) / preprocessor.std
    return image
