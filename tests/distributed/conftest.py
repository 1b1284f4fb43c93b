import cnsn_seg  # noqa: F401  (before mmseg, which mmcv-lite lacks operators for)
