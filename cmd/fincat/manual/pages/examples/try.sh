fincat demo
