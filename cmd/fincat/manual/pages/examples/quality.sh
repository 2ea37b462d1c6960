fincat quality run --store DIR --config fincat.yaml twse
fincat quality show --store DIR
fincat quality explain --store DIR banking-bureau/10552
fincat report quarter --store DIR --out reports
