#!/usr/bin/env bash
# Train on several GPUs of this machine: tools/dist_train.sh CONFIG GPUS [options of train.py]
# NNODES, NODE_RANK, MASTER_ADDR and PORT serve several machines.
set -euo pipefail
if [ $# -lt 2 ]; then
    echo "usage: tools/dist_train.sh CONFIG GPUS [options of train.py]" >&2
    exit 2
fi
exec torchrun \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    --nproc_per_node="$2" \
    "$(dirname "$0")/train.py" "$1" --launcher pytorch "${@:3}"
