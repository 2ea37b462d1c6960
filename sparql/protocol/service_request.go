package protocol

import "fincat/sparql/results"

type ServiceRequest struct {
	Endpoint string
	Pattern  string
	Vars     []string
	BindVars []string
	Bindings []results.Solution
}
