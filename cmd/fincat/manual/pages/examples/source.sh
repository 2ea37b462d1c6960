fincat sources list --config fincat.yaml
fincat sources check --config fincat.yaml twse
fincat sources preview --config fincat.yaml --records 5 twse
fincat harvest --store DIR --config fincat.yaml twse
