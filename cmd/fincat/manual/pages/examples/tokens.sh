fincat tokens add --store DIR --role administrator --expires 365d wang
fincat tokens list --store DIR
