from pathlib import Path

import mmseg
import pytest
from mmengine.config import Config
from tiny_checkpoint import config_file

from cnsn_seg.engine import load_config
from cnsn_seg.engine.config_check import check_batch, check_config

ROOT = Path(__file__).parents[2]
OURS = [path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts]
_NEED_OTHER_PACKAGES = ('convnext', 'mae', 'mask2former', 'maskformer')
MMSEG = sorted(
    path
    for path in (Path(mmseg.__file__).parent / '.mim/configs').rglob('*.py')
    if '_base_' not in path.parts and path.parent.name not in _NEED_OTHER_PACKAGES
)
CNSN = 'model.backbone.cnsn'
PLUGIN = 'model.backbone.plugins'


@pytest.mark.parametrize('path', OURS, ids=lambda path: path.stem)
def test_there_is_nothing_to_find_in_our_configs(path):
    check_config(Config.fromfile(path))


@pytest.mark.parametrize('path', MMSEG[::30], ids=lambda path: path.stem)
def test_there_is_nothing_to_find_in_mmsegmentations_configs(path):
    check_config(Config.fromfile(path))


def test_variables_of_a_users_own_are_no_mistakes(config):
    config.update(
        my_crop=1, batch=2, models=3, train_pipelines=[], model_wrapper=3, dataset_type='x'
    )
    check_config(config)


@pytest.fixture
def config():
    return Config.fromfile(config_file('cnsn'))


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('protocl', 'full', "has 'protocl', which nothing reads; did you mean 'protocol'"),
        (f'{CNSN}.pos', 'post', r"model\.backbone\.cnsn: cnsn has no option 'pos'"),
        (f'{CNSN}.cn_poss', 'post', "no option 'cn_poss'.*; did you mean 'cn_pos'"),
        (f'{CNSN}.sn_pos', 'psot', r"cnsn: cnsn\.sn_pos .* got 'psot'; did you mean 'post'"),
        (
            f'{CNSN}.stages',
            (1, 5),
            r'cnsn\.stages must .* 1, 2, 3, 4 and 0 .*\(1, 5\)',
        ),
        (f'{CNSN}.stages', 5, r'cnsn\.stages must be a tuple .* got 5'),
        (f'{CNSN}.prob', 1.5, r'backbone\.cnsn: CrossNorm expects prob in \[0, 1\].* got 1\.5'),
        (f'{CNSN}.prob', '0.5', r'backbone\.cnsn: '),
        (f'{CNSN}.crop', 'styel', r"cnsn: .*crop .* got 'styel'; did you mean 'style'"),
        (f'{CNSN}.init', 'identiy', r"cnsn: .*init .*'identiy'; did you mean 'identity'"),
        (f'{CNSN}.stages', '13', r"cnsn\.stages must be a tuple .* got '13'"),
        (f'{CNSN}.two_branch', 'False', r"cnsn: SelfNorm expects two_branch .* got 'False'"),
        (f'{CNSN}.sync_styles', 'yes', r"cnsn: CrossNorm expects sync_styles .* got 'yes'"),
        (f'{CNSN}.stages', (True,), r'cnsn\.stages must be a tuple .* got'),
        (f'{CNSN}.beta', float('inf'), r'CrossNorm expects beta to be a finite number, got inf'),
        (
            PLUGIN,
            [dict(cfg=dict(type='CNSN'), position='after_conv4')],
            r"plugins\.0\.position should be one of .*'after_conv4'; did you mean 'after_conv",
        ),
        (
            PLUGIN,
            [dict(cfg=dict(type='CNSN'), postion='after_conv3')],
            r"plugins\.0 has 'postion'; did you mean 'position'",
        ),
        ('model.decode_head.type', 'UnheardOf', "decode_head.type is 'UnheardOf', which no"),
        ('train_dataloader.dataset.type', 'GTA5Datset', "dataset.type is 'GTA5Datset', which no"),
        ('param_scheduler', [dict(type='PolyLr')], "'PolyLr', which no .* mean 'PolyLR'"),
        (CNSN, True, r'model\.backbone\.cnsn should be a dict, got True'),
        ('model.backbone.type', 'CNSNResnet', "'CNSNResnet', which no .* mean 'CNSNResNet'"),
        ('model.backbone.dilatons', 1, "backbone has 'dilatons', .* did you mean 'dilations'"),
        ('model.auxilary_head', None, "model has 'auxilary_head', .* 'auxiliary_head'"),
        ('model.decode_head.num_class', 19, "decode_head has 'num_class', .* 'num_classes'"),
        ('model.backbone.norm_cfg', dict(type='SNB'), "norm_cfg.type is 'SNB'.* mean 'SNBN'"),
        (
            PLUGIN,
            [dict(cfg=dict(type='CNSN', prob=2), position='after_conv3')],
            r'backbone\.plugins\.0\.cfg: CrossNorm expects prob',
        ),
        ('custom_hooks', [dict(type='CrossNormHook', prob=1.5)], r'custom_hooks\.0: .*prob'),
        ('custom_hooks', [dict(type='CrosNormHook')], "custom_hooks.0.type is 'CrosNormHook'"),
        ('default_hooks.checkpiont.interval', 5, "checkpiont has no type; .* 'checkpoint'"),
        ('default_hooks.checkpoint.intervall', 5, "checkpoint has 'intervall', .* 'interval'"),
        ('train_cfg.max_iter', 5, "train_cfg has 'max_iter', .* did you mean 'max_iters'"),
        ('train_dataloader.batchsize', 5, "train_dataloader has 'batchsize'.* 'batch_size'"),
        ('optim_wrapper.optimizer.larning_rate', 1, "optimizer has 'larning_rate', which"),
        ('val_evaluator.source', 'gat', r"val_evaluator\.source .* 'gat', .* did you mean 'gta'"),
        ('default_hooks.checkpoint.save_best', 'gta/mIou', "'gta/mIou', .* mean 'gta/mIoU'"),
        ('default_hooks.checkpoint.save_best', 'city/mIoU', "'city/mIoU', which validation does"),
    ],
)
def test_a_mistake_is_found_and_the_nearest_name_suggested(config, key, value, message):
    config.merge_from_dict({key: value})
    with pytest.raises(ValueError, match=message) as caught:
        check_config(config)
    assert '\n' not in str(caught.value)


def test_the_file_is_named(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        f"_base_ = '{config_file('cnsn')}'\nmodel = dict(backbone=dict(cnsn=dict(x=1)))"
    )
    with pytest.raises(ValueError, match=r"mine\.py': model\.backbone\.cnsn: cnsn has no option"):
        load_config(path)


@pytest.mark.parametrize('text', ['model = dict(', 'model = nothing', "_base_ = 'x'\n{", 'a = 1/0'])
def test_a_file_that_cannot_be_read_is_named(tmp_path, text):
    path = tmp_path / 'mine.py'
    path.write_text(text)
    with pytest.raises(ValueError, match=r"mine\.py' cannot be read: \w+Error: "):
        load_config(path)


def test_an_option_of_the_command_line_that_changes_nothing():
    message = "--cfg-options modle.backbone.depth: the config has no 'modle'; did you mean 'model'"
    with pytest.raises(ValueError, match=message):
        load_config(config_file(), options={'modle.backbone.depth': 18})
    load_config(config_file(), options={'work_dir': 'x', 'find_unused_parameters': True})


def test_an_unknown_protocol_is_named_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"no protocol 'robustnt', .* did you mean 'robustnet'"):
        load_config(config_file(), options=dict(protocol='robustnt'))


PLUGINS = [dict(cfg=dict(type='CNSN'), position='after_conv3')]


@pytest.mark.parametrize(
    'options',
    [
        {},
        {CNSN: None, PLUGIN: PLUGINS},
        {CNSN: None, 'model.backbone.norm_cfg': dict(type='CNBN')},
        {f'{CNSN}.sync_styles': True},
    ],
)
def test_crossnorm_needs_more_than_one_image(config, options):
    config.merge_from_dict({'train_dataloader.batch_size': 1, **options})
    with pytest.raises(
        ValueError, match=r'model\.backbone.* but train_dataloader\.batch_size is 1'
    ):
        check_batch(config)


@pytest.mark.parametrize(
    'options',
    [
        {'train_dataloader.batch_size': 2},
        {f'{CNSN}.mode': 'one_instance'},
        {f'{CNSN}.cn_pos': None},
        {f'{CNSN}.sync_styles': True, 'launcher': 'pytorch'},
    ],
)
def test_where_crossnorm_has_what_it_needs(config, options):
    config.merge_from_dict({'train_dataloader.batch_size': 1, **options})
    check_batch(config)
