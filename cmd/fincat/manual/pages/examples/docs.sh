fincat docs
fincat docs --lang en configuration
fincat docs --search SHACL
