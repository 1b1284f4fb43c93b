"""The sections of where results come from: training curves and provenance."""

from pathlib import Path
from typing import Any

from cnsn_seg.analysis.training_log import read_training_log

from . import charts
from .parts import Chart, Table, cell, listed
from .study import Run, Study


def training_charts(study: Study) -> list[Chart]:
    """Loss, learning rate and validation mIoU of the runs whose logs are there."""
    logs = []
    for method in study.methods:
        for run in method.runs:
            log = read_training_log(Path(run.results['checkpoint']['path']).parent)
            if log:
                logs.append((method, run, log))
    if not logs:
        return []
    found = [
        ('loss', 'Training loss', lambda log: log.loss),
        ('learning rate', 'Learning rate', lambda log: log.lr),
    ]
    metrics = dict.fromkeys(name for _, _, log in logs for name in log.validation)
    metrics = [name for name in metrics if name.partition('/')[0] not in ('source', 'unseen')]
    found += [
        (f'{name} in %', f'Validation, {name}', lambda log, key=name: log.validation.get(key))
        for name in metrics
    ]
    result = []
    for axis, title, take in found:
        lines = [(method, run.name, values) for method, run, log in logs if (values := take(log))]
        caption = f'{title}, one line a run ({len(lines)} of {len(study.runs)} have logs).'
        ends = [(name, *max(values.items())) for _, name, values in lines]
        rows = [[name, str(iteration), f'{value:.4g}'] for name, iteration, value in ends]
        table = Table(f'{title}: the last value.', ['run', 'iteration', axis], rows)
        result.append(Chart(charts.curves(lines, axis), caption, table))
    return result


def protocol_rows(study: Study) -> list[tuple[str, str]]:
    """What all results share: the protocol."""
    protocol = study.first['protocol']
    rows = [
        ('Protocol', f'{protocol["name"]}, version {protocol["version"]}'),
        ('What it is', protocol['description']),
        ('SHA-256', protocol['sha256']),
        ('Source', listed(study.sources)),
    ]
    if len(protocol['classes']) < len(study.classes):
        rows.append(('Means are over', listed(protocol['classes'])))
    return rows


def run_table(study: Study) -> Table:
    """Every run in a line."""
    rows = []
    for run in study.runs:
        checkpoint, selection = run.results['checkpoint'], run.results['selection']
        metrics = listed(selection['metrics']) if selection else 'not recorded'
        complete = 'all' if run.results['final'] else 'some'
        iteration = cell(checkpoint['iteration'])
        rows.append([run.name, checkpoint['sha256'][:12], iteration, metrics, complete])
    head = ['run', 'SHA-256 of checkpoint', 'iteration', 'best checkpoint by', 'images evaluated']
    return Table('What was evaluated.', head, rows)


def run_rows(run: Run) -> list[tuple[str, str]]:
    """What stands behind one result."""
    results = run.results
    checkpoint, iteration = results['checkpoint'], results['checkpoint']['iteration']
    versions = ', '.join(f'{name} {number}' for name, number in results['versions'].items())
    return [
        ('Method', results['method']),
        ('Result', str(run.folder / 'results.json')),
        ('Config', results['config']['path']),
        ('Checkpoint', checkpoint['path']),
        ('Iteration', 'not recorded' if iteration is None else str(iteration)),
        ('SHA-256', checkpoint['sha256']),
        ('Best checkpoint by', _selection(results)),
        ('Trained under protocol', results['trained_under'] or 'not recorded'),
        ('Inference', _inference(results['settings'])),
        ('Images', _images(results)),
        ('Machine', f'{results["machine"]}, {results["seconds"]:.0f} s'),
        ('Versions', versions),
    ]


def _selection(results: dict[str, Any]) -> str:
    selection = results['selection']
    if selection is None:
        return 'not recorded'
    metrics = listed(selection['metrics']) or 'no validation'
    targets = selection['target_domains']
    return metrics + (f', which looks at the target {listed(targets)}' if targets else '')


def _inference(settings: dict[str, Any]) -> str:
    text = 'whole image'
    if settings['mode'] == 'slide':
        text = f'sliding window {settings["crop_size"]}, stride {settings["stride"]}'
    text += ', test-time augmentation' if settings['tta'] else ''
    return text + (f', {settings["limit"]} images a domain' if settings['limit'] else '')


def _images(results: dict[str, Any]) -> str:
    return ', '.join(
        f'{name} {domain["num_images"]} of {domain["num_expected"]}'
        for name, domain in results['domains'].items()
        if domain['corruption'] is None
    )
