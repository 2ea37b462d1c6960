// Command fincat harvests, stores, queries and publishes the metadata of
// Taiwan's financial open data.
package main

func main() {}
