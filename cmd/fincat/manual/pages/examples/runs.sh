fincat runs list --store DIR
fincat runs show --store DIR 20260301T030000-twse
fincat runs errors --store DIR
fincat runs approve --store DIR 20260301T030000-twse
fincat runs undo --store DIR 20260301T030000-twse
