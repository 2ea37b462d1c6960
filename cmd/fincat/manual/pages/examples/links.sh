fincat link list --store DIR --state candidate
fincat link confirm --store DIR twse/SBL~TWT96U portal/11872 --why 'the address is that of the table'
fincat link report --store DIR
