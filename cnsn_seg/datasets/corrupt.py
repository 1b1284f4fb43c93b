"""Files that cannot be loaded: an error, or passed over and reported."""

_passed_over: list[str] = []
"""Problems that this process has met since a sample was packed last."""


def pass_over(results: dict, problem: str, error: Exception) -> None:
    """Raise a problem with a file of a sample, unless the data set passes such samples over.

    MMEngine answers with another sample then, drawn from ``np.random``.

    Args:
        results: Sample; ``skip_corrupt`` says whether it may be passed over.
        problem: Sentence that names the file.
        error: What was raised.

    Raises:
        ValueError: With the problem, where the sample may not be passed over.
    """
    if not results.get('skip_corrupt'):
        raise ValueError(problem) from error
    _passed_over.append(problem)


def take_passed_over() -> tuple[str, ...]:
    """Give the problems that were passed over in this process, each once."""
    problems = tuple(_passed_over)
    _passed_over.clear()
    return problems
