package vocab

// OWLNS is the namespace of OWL 2.
const OWLNS = "http://www.w3.org/2002/07/owl#"

// Terms of OWL 2.
const (
	OWLAllValuesFrom             = OWLNS + "allValuesFrom"
	OWLAnnotationProperty        = OWLNS + "AnnotationProperty"
	OWLClass                     = OWLNS + "Class"
	OWLDatatypeProperty          = OWLNS + "DatatypeProperty"
	OWLDeprecated                = OWLNS + "deprecated"
	OWLDifferentFrom             = OWLNS + "differentFrom"
	OWLDisjointWith              = OWLNS + "disjointWith"
	OWLEquivalentClass           = OWLNS + "equivalentClass"
	OWLEquivalentProperty        = OWLNS + "equivalentProperty"
	OWLFunctionalProperty        = OWLNS + "FunctionalProperty"
	OWLHasValue                  = OWLNS + "hasValue"
	OWLImports                   = OWLNS + "imports"
	OWLIntersectionOf            = OWLNS + "intersectionOf"
	OWLInverseFunctionalProperty = OWLNS + "InverseFunctionalProperty"
	OWLInverseOf                 = OWLNS + "inverseOf"
	OWLNamedIndividual           = OWLNS + "NamedIndividual"
	OWLNothing                   = OWLNS + "Nothing"
	OWLObjectProperty            = OWLNS + "ObjectProperty"
	OWLOnProperty                = OWLNS + "onProperty"
	OWLOntology                  = OWLNS + "Ontology"
	OWLRestriction               = OWLNS + "Restriction"
	OWLSameAs                    = OWLNS + "sameAs"
	OWLSomeValuesFrom            = OWLNS + "someValuesFrom"
	OWLSymmetricProperty         = OWLNS + "SymmetricProperty"
	OWLThing                     = OWLNS + "Thing"
	OWLTransitiveProperty        = OWLNS + "TransitiveProperty"
	OWLUnionOf                   = OWLNS + "unionOf"
	OWLVersionInfo               = OWLNS + "versionInfo"
	OWLVersionIRI                = OWLNS + "versionIRI"
)
