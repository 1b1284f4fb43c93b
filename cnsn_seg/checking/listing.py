"""List what is on disk of a data set: its splits, and the partners that are missing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cnsn_seg.datasets.domain_dataset import DomainDataset
from cnsn_seg.datasets.folders import HELP, list_names, without
from cnsn_seg.datasets.layout import Place

from .findings import Finding, is_broken_link, reason, shown
from .samples import Pair
from .sources import Source


@dataclass(frozen=True)
class Listing:
    """The files of one split.

    Args:
        split: Its name.
        place: Where it is.
        images: Number of images.
        labels: Number of labels.
        official: Number of images in the official release, None if there is no such number.
        excluded: Number of samples that the protocol excludes.
        pairs: Every image with its label, without those that the protocol excludes.
        lists: Splits that are lists of these files, to the number of names in each.
        findings: What is wrong.
    """

    split: str
    place: Place
    images: int
    labels: int
    official: int | None
    excluded: int
    pairs: list[Pair]
    lists: dict[str, int]
    findings: list[Finding]


@dataclass(frozen=True)
class Contents:
    """What is on disk of one domain.

    Args:
        listings: Every split that is there and can be read.
        readable: Splits that training and evaluation may ask for.
        absent: Splits that are not there.
        findings: Why others cannot be read.
    """

    listings: list[Listing] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def list_source(source: Source, root: str, protocol: str) -> Contents:
    """List every split that is there.

    Where all images are in one folder and lists make splits of it (GTA5), or the protocol trains
    on all of them, that folder is listed once, as split 'all'.

    Args:
        source: The domain.
        root: Folder of the data set.
        protocol: Key into ``PROTOCOLS``.
    """
    if is_broken_link(root):
        return Contents(findings=[Finding('folder', f"'{root}' {reason(root, OSError())}")])
    built = [source.build(root, split, protocol, lazy_init=True) for split in source.splits]
    datasets = {dataset.split: dataset for dataset in built}
    there = [split for split, dataset in datasets.items() if _is_there(dataset)]
    absent = [split for split in datasets if split not in there]
    places, findings = _locate({split: datasets[split] for split in there or absent[:1]})
    listings = []
    for split, members in _groups(places, trained=built[0].split).items():
        try:
            listings.append(
                _list_split(datasets[split], places[split], [datasets[name] for name in members])
            )
        except OSError as error:
            findings.append(Finding('folder', _sentence(error), split))
    empty = {name for listing in listings for name, size in listing.lists.items() if not size}
    readable = [split for split in places if split not in empty]
    return Contents(listings, readable, absent, findings)


def _is_there(dataset: DomainDataset) -> bool:
    places = dataset.places(dataset.data_root)
    return any(os.path.isdir(path) for place in places for path in (place.images, place.labels))


def _locate(
    datasets: Mapping[str, DomainDataset],
) -> tuple[dict[str, Place], list[Finding]]:
    """Find the folders of every split, and say once why some are not found."""
    places, reasons = {}, {}
    for split, dataset in datasets.items():
        try:
            places[split] = dataset.find_place()
        except OSError as error:
            sentence = _sentence(error)
            same = sentence.replace(f"'{split}'", '')
            reasons.setdefault(same, Finding('folder', sentence, split))
    return places, list(reasons.values())


def _groups(places: Mapping[str, Place], trained: str) -> dict[str, list[str]]:
    """Splits to list, and the splits that are parts of them."""
    whole = places.get('all')
    if whole is None or (trained != 'all' and places.get('train') != whole):
        return {split: [split] for split in places if split != 'all'}
    return {'all': [split for split, place in places.items() if place == whole]}


def _list_split(dataset: DomainDataset, place: Place, members: list[DomainDataset]) -> Listing:
    split = dataset.split
    images, duplicates = _images(place)
    labels = list_names(place.labels, (place.label_suffix,), None)
    links = {
        'image': _broken_links(place.images, place.image_suffixes),
        'label': _broken_links(place.labels, (place.label_suffix,)),
    }
    lists, findings = _lists(members, place)
    official = dataset.official_counts.get(split)
    findings += _count(split, len(images), official, place)
    findings += [Finding('duplicate', sentence, split, name) for name, sentence in duplicates]
    findings += _partners(split, place, images, labels, links, lists)
    excluded = dataset.excluded_names()
    names = without(images, excluded)
    return Listing(
        split=split,
        place=place,
        images=len(images),
        labels=len(labels),
        official=official,
        excluded=len(images) - len(names),
        pairs=[
            Pair(
                split=split,
                name=name,
                image=os.path.join(place.images, name + images[name]),
                label=os.path.join(place.labels, name + place.label_suffix),
                label_space=place.label_space,
                resizes=dataset.size_mismatch == 'resize',
            )
            for name in names
            if name in labels
        ],
        lists={name: len(listed) for name, listed in lists.items()},
        findings=[found for found in findings if without([found.sample], excluded)],
    )


def _images(place: Place) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """List the images: name to suffix, and the names that have two."""
    images: dict[str, str] = {}
    duplicates = []
    for suffix in place.image_suffixes:
        for name in list_names(place.images, (suffix,), None):
            if name in images:
                both = f"'{shown(name + images[name])}' and '{shown(name + suffix)}'"
                where = shown(place.images)
                duplicates.append((name, f"'{where}' has two images for one label, {both}"))
            images.setdefault(name, suffix)
    return dict(sorted(images.items())), duplicates


def _broken_links(folder: str, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Find the links to nothing, which a listing leaves out: name to path."""
    links = {}
    for parent, _, files in os.walk(folder, followlinks=True):
        for file in files:
            path = os.path.join(parent, file)
            suffix = next((suffix for suffix in suffixes if file.endswith(suffix)), None)
            if suffix and not file.startswith('.') and is_broken_link(path):
                links[os.path.relpath(path, folder).removesuffix(suffix)] = path
    return links


def _lists(members: list[DomainDataset], place: Place) -> tuple[dict[str, list[str]], list]:
    """Read the lists that make splits of a folder."""
    lists = {}
    for dataset in members:
        dataset.data_prefix = {'img_path': place.images, 'seg_map_path': place.labels}
        try:
            names = dataset.names()
        except OSError as error:
            return lists, [Finding('list', _sentence(error), dataset.split)]
        except ValueError as error:
            return lists, [Finding('list', str(error), dataset.split)]
        if names is not None:
            lists[dataset.split] = names
    return lists, []


def _count(split: str, images: int, official: int | None, place: Place) -> Iterator[Finding]:
    where = f"split '{split}' has {images} of {official} images in '{shown(place.images)}'"
    if not images:
        patterns = ' or '.join(f'*{suffix}' for suffix in place.image_suffixes)
        sentence = f"there is no image '{patterns}' in '{shown(place.images)}'; {HELP}"
        yield Finding('folder', sentence, split)
    elif official and images < official:
        yield Finding('count', f'{where}: unless that is meant, unpack the rest', split)
    elif official and images > official:
        yield Finding('extra', where, split)


def _partners(
    split: str,
    place: Place,
    images: Mapping[str, str],
    labels: Mapping[str, str],
    links: Mapping[str, Mapping[str, str]],
    lists: Mapping[str, list[str]],
) -> Iterator[Finding]:
    image_suffix, label_suffix = place.image_suffixes[0], place.label_suffix
    for kind, paths in links.items():
        for name, path in paths.items():
            sentence = f"{kind} file '{shown(path)}' {reason(path, OSError())}"
            yield Finding('link', sentence, split, name)
    for listed, names in lists.items():
        for name in names:
            if name not in images and name not in links['image']:
                path = os.path.join(place.images, name + image_suffix)
                sentence = f"the list of split '{listed}' names '{name}', but there is no '{path}'"
                yield Finding('no_image', shown(sentence), split, name)
    for name in images:
        if name not in labels and name not in links['label']:
            image = os.path.join(place.images, name + images[name])
            label = os.path.join(place.labels, name + label_suffix)
            sentence = f"image file '{image}' has no label '{label}'"
            yield Finding('no_label', shown(sentence), split, name)
        if shown(name) != name:
            sentence = f"the name '{shown(name)}' is not UTF-8, as lists have to be: rename it"
            yield Finding('name', sentence, split, name)
    for name in labels:
        if name not in images and name not in links['image']:
            label = os.path.join(place.labels, name + label_suffix)
            sentence = f"label file '{label}' has no image '{name + image_suffix}'"
            yield Finding('label_only', shown(sentence), split, name)


def _sentence(error: OSError) -> str:
    """Say what an error of listing means: the data set's own words, or the system's."""
    if error.filename is None:
        return shown(str(error))
    return f"'{shown(error.filename)}' {reason(error.filename, error)}"
