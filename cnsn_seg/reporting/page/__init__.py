"""The page: one HTML file that shows results, where a model fails and why."""

from .page import write_page

__all__ = ['write_page']
