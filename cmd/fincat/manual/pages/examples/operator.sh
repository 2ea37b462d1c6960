fincat init
fincat sources check --config fincat.yaml
fincat harvest --store DIR --config fincat.yaml --dry-run
fincat serve --store DIR --config fincat.yaml
