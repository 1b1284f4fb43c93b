"""Feature maps that tests of both layers run on."""

import torch


def random_map(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centre = torch.randn(*shape[:2], *[1] * (len(shape) - 2), generator=generator)
    return torch.randn(shape, generator=generator) + 3 * centre


EDGE_CASES = {
    'constant channels': torch.ones(4, 3, 5, 5) * torch.arange(12.0).view(4, 3, 1, 1),
    'all zero': torch.zeros(4, 3, 5, 5),
    'one zero sample': random_map(4, 3, 5, 5) * torch.tensor([0.0, 1, 1, 1]).view(4, 1, 1, 1),
    'one position': random_map(4, 3, 1, 1),
    'one row': random_map(4, 3, 1, 7),
    'channels last': random_map(4, 3, 5, 6).contiguous(memory_format=torch.channels_last),
    'not contiguous': random_map(4, 6, 10, 5)[:, ::2, ::2].transpose(2, 3),
    'large values': random_map(4, 3, 5, 5) * 1e4,
    'float16': random_map(4, 3, 5, 5).half(),
    'bfloat16': random_map(4, 3, 5, 5).bfloat16(),
    'largest variance of float16': (random_map(4, 3, 8, 8) * 255).half(),
    'variance beyond float16': (random_map(4, 3, 8, 8) * 400).half(),
    'least variance of float16': (random_map(4, 3, 8, 8) * 2.4e-4).half(),
    'variance that float16 rounds to zero': (random_map(4, 3, 8, 8) * 1e-5).half(),
    'large variance in bfloat16': (random_map(4, 3, 8, 8) * 1e15).bfloat16(),
    'constant float16': torch.full((4, 3, 5, 5), 3.0, dtype=torch.float16),
}
