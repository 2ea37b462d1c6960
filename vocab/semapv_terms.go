package vocab

// SEMAPVNS is the namespace of the Semantic Mapping Vocabulary.
const SEMAPVNS = "https://w3id.org/semapv/vocab/"

// Terms of the Semantic Mapping Vocabulary.
const (
	SEMAPVCompositeMatching     = SEMAPVNS + "CompositeMatching"
	SEMAPVManualMappingCuration = SEMAPVNS + "ManualMappingCuration"
)
