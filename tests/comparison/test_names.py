from cnsn_seg.comparison.names import short_names


def test_names_of_configs_are_told_apart_by_what_differs():
    stem = 'deeplabv3plus_r50-d16{}_4xb4-40k_gta5-768x768'
    names = [stem.format(part) for part in ('_cn', '', '_sn_cn')]
    assert list(short_names(names).values()) == ['cn', 'baseline', 'sn_cn']


def test_names_that_fit_or_would_become_equal_stay():
    assert list(short_names(['a_b', 'a_c']).values()) == ['a_b', 'a_c']
    names = ['a_network_of_a_long_name_b', 'a_network_of_a_long_name_b_b']
    assert list(short_names(names).values()) == names
    assert list(short_names(names[:1]).values()) == names[:1]
