#!/bin/sh
# Embeds one shard of a job: reads $DATA/in/part-$JOB_COMPLETION_INDEX.jsonl, writes $DATA/out/part-$JOB_COMPLETION_INDEX.jsonl.
#
# Exits with the code of bert: 64 is a usage error, which must not be retried; 130 and 143 are interruptions.
set -eu

shard="part-${JOB_COMPLETION_INDEX:?is not set: this is for an Indexed Job}.jsonl"
model="$DATA/model"
if [ -f "$DATA/fingerprint.txt" ]; then
    [ "$(bert inspect --fingerprint --backend simd "$model")" = "$(cat "$DATA/fingerprint.txt")" ] || {
        echo "shard.sh: the fingerprint of $model is not that of $DATA/fingerprint.txt" >&2
        exit 64
    }
fi
mkdir -p "$DATA/out"
# A complete shard has no job record.
if [ -s "$DATA/out/$shard" ] && [ ! -f "$DATA/out/$shard.bert-job" ]; then
    echo "$shard is done" >&2
    exit 0
fi
exec bert embed --model "$model" --backend simd --on-error emit --resume \
    --input "$DATA/in/$shard" --output "$DATA/out/$shard"
