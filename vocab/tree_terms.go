package vocab

// TREENS is the namespace of TREE hypermedia.
const TREENS = "https://w3id.org/tree#"

// Terms of TREE hypermedia.
const (
	TREECollection                   = TREENS + "Collection"
	TREEConditionalImport            = TREENS + "conditionalImport"
	TREEEqualToRelation              = TREENS + "EqualToRelation"
	TREEGreaterThanOrEqualToRelation = TREENS + "GreaterThanOrEqualToRelation"
	TREEGreaterThanRelation          = TREENS + "GreaterThanRelation"
	TREEImport                       = TREENS + "import"
	TREEImportStream                 = TREENS + "importStream"
	TREELessThanOrEqualToRelation    = TREENS + "LessThanOrEqualToRelation"
	TREELessThanRelation             = TREENS + "LessThanRelation"
	TREEMember                       = TREENS + "member"
	TREENode                         = TREENS + "Node"
	TREENodeProperty                 = TREENS + "node"
	TREEPath                         = TREENS + "path"
	TREEPrefixRelation               = TREENS + "PrefixRelation"
	TREERelation                     = TREENS + "Relation"
	TREERelationProperty             = TREENS + "relation"
	TREERemainingItems               = TREENS + "remainingItems"
	TREERootNode                     = TREENS + "RootNode"
	TREESearch                       = TREENS + "search"
	TREEShape                        = TREENS + "shape"
	TREESubstringRelation            = TREENS + "SubstringRelation"
	TREEValue                        = TREENS + "value"
	TREEView                         = TREENS + "view"
	TREEViewDescription              = TREENS + "ViewDescription"
	TREEViewDescriptionProperty      = TREENS + "viewDescription"
)
