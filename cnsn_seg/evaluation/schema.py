"""The types of ``results.json``; :mod:`cnsn_seg.evaluation.results` says what they mean."""

from typing import Any, Literal, TypedDict

Score = float | None


class Config(TypedDict):
    """A config file."""

    path: str
    content: dict[str, Any]


class Checkpoint(TypedDict):
    """A checkpoint file."""

    path: str
    sha256: str
    iteration: int | None


class Protocol(TypedDict):
    """What readers need of ``Protocol.describe()``."""

    name: str
    version: int
    sha256: str


class Selection(TypedDict):
    """How training chose its best checkpoint."""

    metrics: list[str]
    target_domains: list[str]


class Settings(TypedDict):
    """How the model was applied."""

    mode: Literal['whole', 'slide']
    crop_size: list[int] | None
    stride: list[int] | None
    tta: bool
    limit: int | None


class Corruption(TypedDict):
    """What a corrupted domain is made from."""

    domain: str
    name: str
    severity: int


class Domain(TypedDict):
    """Scores of one domain."""

    num_images: int
    num_expected: int
    mIoU: Score
    mAcc: Score
    mPrecision: Score
    aAcc: Score
    fwIoU: Score
    category_mIoU: Score
    IoU: list[Score]
    accuracy: list[Score]
    precision: list[Score]
    category_IoU: dict[str, Score]
    absent_classes: list[str]
    confusion: list[list[int]]
    files_sha256: str | None
    seconds: float
    corruption: Corruption | None


class Unseen(TypedDict):
    """The mean over unseen domains."""

    domains: list[str]
    mIoU: Score


class Corruptions(TypedDict):
    """The mean over the corruptions of one domain."""

    mIoU: Score
    by_corruption: dict[str, dict[str, Score]]


class Unlabelled(TypedDict):
    """A folder of images without labels."""

    name: str
    folder: str
    num_images: int


class Images(TypedDict):
    """The file of the confusion matrices of single images."""

    file: str
    sha256: str


class Results(TypedDict):
    """The whole file."""

    schema_version: int
    config: Config
    checkpoint: Checkpoint
    method: str
    seed: int | None
    protocol: Protocol
    trained_under: str | None
    selection: Selection | None
    source: list[str]
    classes: list[str]
    categories: dict[str, list[str]]
    settings: Settings
    final: bool
    domains: dict[str, Domain]
    unseen: Unseen | None
    corruptions: dict[str, Corruptions]
    unlabelled: list[Unlabelled]
    images: Images
    predictions: str | None
    versions: dict[str, str]
    machine: str
    seconds: float
